//! The contract of a Centrifugo client, as far as it can be seen without a socket. Time is a number here.

use serde_json::{Value, json};

use super::*;

const CHANNEL: &str = "business:42";

/// A machine, its clock, and what it did.
struct Bench {
    machine: Connection,
    start: Instant,
    now: Instant,
    done: Vec<Action>,
}

impl Bench {
    fn new() -> Bench {
        Bench::at(None)
    }

    fn at(position: Option<StreamPosition>) -> Bench {
        let now = Instant::now();
        let machine = Connection::new(Settings::new(CHANNEL), position, 1, now);
        let start = now;
        let mut bench = Bench {
            machine,
            start,
            now,
            done: Vec::new(),
        };
        bench.ticks();
        bench
    }

    /// Connected and subscribed, with the answers of a server that keeps history.
    fn live() -> Bench {
        let mut bench = Bench::new();
        bench.connects();
        bench.subscribes(json!({"recoverable": true, "positioned": true, "epoch": "e1"}));
        bench.done.clear();
        bench
    }

    fn ticks(&mut self) {
        let actions = self.machine.on_timeout(self.now);
        self.done.extend(actions);
    }

    /// Goes on to the next moment at which the machine wants to do something.
    fn waits(&mut self) -> Duration {
        let before = self.now;
        self.now = self
            .machine
            .next_timeout()
            .expect("it waits for a time")
            .max(self.now);
        self.ticks();
        self.now - before
    }

    fn pass(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
        self.ticks();
    }

    fn hears(&mut self, frame: Value) {
        self.hears_text(&frame.to_string());
    }

    fn hears_text(&mut self, text: &str) {
        let actions = self.machine.on_frame(text, self.now);
        self.done.extend(actions);
    }

    fn closes(&mut self, code: u16) {
        let actions = self.machine.on_closed(code, "", self.now);
        self.done.extend(actions);
    }

    fn gets(&mut self, which: TokenFor, result: Result<&str, TokenFault>) {
        let attempt = self.machine.attempt;
        self.gets_for(attempt, which, result);
    }

    fn gets_for(&mut self, attempt: u64, which: TokenFor, result: Result<&str, TokenFault>) {
        let token = result.map(|token| RealtimeToken {
            url: (which == TokenFor::Connection).then(|| "ws://hub".to_owned()),
            channel: None,
            token: token.to_owned(),
            expires_in: 600,
        });
        let actions = self.machine.on_token(which, attempt, token, self.now);
        self.done.extend(actions);
    }

    fn opens(&mut self) {
        let actions = self.machine.on_open(self.now);
        self.done.extend(actions);
    }

    /// From a wait, or from the fetching of a token, until the server knows us.
    fn connects(&mut self) {
        self.dials();
        self.opens();
        self.hears(json!({"id": 1, "connect": {"client": "c", "ping": 25, "pong": true}}));
    }

    fn dials(&mut self) {
        if let Phase::Waiting { .. } = self.machine.phase {
            self.waits();
        }
        if let Phase::Fetching = self.machine.phase {
            self.gets(TokenFor::Connection, Ok("CONNECT"));
        }
        assert!(
            matches!(self.machine.phase, Phase::Dialling { .. }),
            "{:?}",
            self.machine
        );
    }

    fn subscribes(&mut self, result: Value) {
        if let Subscription::Waiting { .. } = self.machine.subscription {
            self.waits();
        }
        if let Subscription::Fetching = self.machine.subscription {
            self.gets(TokenFor::Subscription, Ok("CHANNEL"));
        }
        let Subscription::Asked { id, .. } = self.machine.subscription else {
            panic!("it did not subscribe: {:?}", self.machine);
        };
        self.hears(json!({"id": id, "subscribe": result}));
    }

    /// What it sent since it was asked last.
    fn sent(&mut self) -> Vec<Value> {
        let done = std::mem::take(&mut self.done);
        done.into_iter()
            .filter_map(|action| {
                let Action::Send(text) = action else {
                    return None;
                };
                Some(serde_json::from_str(&text).unwrap())
            })
            .collect()
    }

    fn delivered(&self) -> Vec<u64> {
        self.done
            .iter()
            .filter_map(|action| {
                let Action::Deliver(publication) = action else {
                    return None;
                };
                Some(publication.offset)
            })
            .collect()
    }

    fn did(&self, what: impl Fn(&Action) -> bool) -> bool {
        self.done.iter().any(what)
    }

    fn is_final(&self) -> bool {
        matches!(self.machine.status(), Status::Down { is_final: true, .. })
    }
}

fn published(offset: u64) -> Value {
    json!({"push": {"channel": CHANNEL, "pub": {"data": {}, "offset": offset}}})
}

fn failed(code: u32, temporary: bool) -> Value {
    json!({"code": code, "message": "no", "temporary": temporary})
}

#[test]
fn it_connects_subscribes_and_hands_publications_on() {
    let mut bench = Bench::new();
    assert_eq!(*bench.machine.status(), Status::Connecting);
    bench.dials();
    bench.opens();
    let connect = bench.sent();
    assert_eq!(connect[0]["id"], 1);
    assert_eq!(connect[0]["connect"]["token"], "CONNECT");
    bench.hears(json!({"id": 1, "connect": {"client": "c", "ping": 25, "pong": true}}));
    bench.gets(TokenFor::Subscription, Ok("CHANNEL"));
    let subscribe = bench.sent();
    assert_eq!(subscribe[0]["subscribe"]["channel"], CHANNEL);
    assert_eq!(subscribe[0]["subscribe"]["token"], "CHANNEL");
    assert!(
        subscribe[0]["subscribe"]["recover"].is_null(),
        "there is no position yet"
    );
    bench.hears(json!({"id": 2, "subscribe": {"recoverable": true, "positioned": true, "epoch": "e1", "offset": 7}}));
    assert!(bench.did(|action| matches!(action, Action::Subscribed(Recovered::Fresh))));
    bench.hears(published(8));
    assert_eq!(bench.delivered(), [8]);
    assert_eq!(*bench.machine.status(), Status::Live);
}

// 1. Tokens.

#[test]
fn an_expired_connection_token_is_replaced_and_connecting_goes_on() {
    let mut bench = Bench::new();
    bench.dials();
    bench.opens();
    bench.hears(json!({"id": 1, "error": failed(109, false)}));
    assert!(!bench.is_final());
    bench.waits();
    assert!(
        matches!(bench.machine.phase, Phase::Fetching),
        "the old token is not used again"
    );
    bench.connects();
    bench.subscribes(json!({}));
    assert_eq!(*bench.machine.status(), Status::Live);
}

#[test]
fn a_token_that_cannot_be_had_is_asked_for_again() {
    let mut bench = Bench::new();
    let refused = TokenFault::Failed("server unreachable".into());
    bench.gets(TokenFor::Connection, Err(refused));
    assert!(!bench.is_final());
    assert!(bench.waits() <= Duration::from_secs(1));
    bench.connects();
}

#[test]
fn a_refused_or_empty_token_is_a_fault_that_is_tried_slowly() {
    let refused = Err(TokenFault::Refused("the login ended".into()));
    for result in [refused, Ok("")] {
        let mut bench = Bench::new();
        bench.gets(TokenFor::Connection, result);
        assert!(bench.is_final());
        let wait = bench.waits().as_secs();
        assert!((30..=60).contains(&wait), "{wait}");
        assert!(matches!(bench.machine.phase, Phase::Fetching));
    }
}

#[test]
fn an_expired_subscription_token_is_replaced() {
    let mut bench = Bench::new();
    bench.connects();
    bench.gets(TokenFor::Subscription, Ok("OLD"));
    bench.hears(json!({"id": 2, "error": failed(109, false)}));
    bench.waits();
    assert!(matches!(bench.machine.subscription, Subscription::Fetching));
    bench.subscribes(json!({}));
    assert_eq!(*bench.machine.status(), Status::Live);
}

// 2. Frames.

#[test]
fn several_frames_in_one_message_are_taken_in_order_and_unknown_things_ignored() {
    let mut bench = Bench::live();
    let text = [
        published(1).to_string(),
        "{}".into(),
        String::new(),
        r#"{"push":{"channel":"business:42","sung":{}},"later":1}"#.into(),
        r#"{"push":{"channel":"other","pub":{"data":{},"offset":9}}}"#.into(),
        r#"{"id":77,"rpc":{}}"#.into(),
        published(2).to_string(),
    ]
    .join("\n");
    bench.hears_text(&text);
    assert_eq!(bench.delivered(), [1, 2]);
    assert_eq!(
        bench.sent(),
        [json!({})],
        "the ping in between was answered"
    );
}

#[test]
fn a_payload_of_a_megabyte_arrives_whole_in_every_script() {
    let mut bench = Bench::live();
    let data = format!("\"{}\"", "crêpe 餃子 🥟 ".repeat(50_000));
    bench.hears_text(&format!(
        r#"{{"push":{{"channel":"{CHANNEL}","pub":{{"data":{data},"offset":1}}}}}}"#
    ));
    let Some(Action::Deliver(publication)) = bench.done.pop() else {
        panic!("nothing was handed on");
    };
    assert_eq!(publication.data.unwrap().get(), data);
}

#[test]
fn a_frame_that_cannot_be_read_costs_the_connection_and_nothing_more() {
    let mut bench = Bench::live();
    bench.hears_text("<html>");
    assert!(bench.did(|action| matches!(action, Action::Close)));
    assert!(!bench.is_final());
}

// 3, 4, 5. Recovery.

#[test]
fn what_was_missed_is_handed_on_once_and_in_order() {
    let mut bench = Bench::live();
    (1..=3).for_each(|offset| bench.hears(published(offset)));
    bench.closes(1006);
    bench.connects();
    let subscribe = bench.sent().pop().unwrap();
    let subscribe = &subscribe["subscribe"];
    assert_eq!(
        (&subscribe["recover"], &subscribe["epoch"]),
        (&json!(true), &json!("e1"))
    );
    assert_eq!(subscribe["offset"], 3);
    bench.subscribes(json!({
        "recoverable": true, "positioned": true, "epoch": "e1", "offset": 3,
        "was_recovering": true, "recovered": true,
        "publications": [{"data": {}, "offset": 4}, {"data": {}, "offset": 5}, {"data": {}, "offset": 6}],
    }));
    assert!(bench.did(|action| matches!(action, Action::Subscribed(Recovered::All))));
    bench.hears(published(6));
    bench.hears(published(7));
    assert_eq!(bench.delivered(), [4, 5, 6, 7]);
}

#[test]
fn a_gap_is_told_once_and_what_comes_after_it_follows_it() {
    let mut bench = Bench::live();
    bench.hears(published(1));
    bench.closes(1006);
    bench.connects();
    bench.done.clear();
    bench.subscribes(json!({
        "recoverable": true, "positioned": true, "epoch": "e2", "offset": 40, "was_recovering": true,
    }));
    bench.hears(published(41));
    let [Action::Subscribed(Recovered::Gap), Action::Deliver(_)] = &bench.done[..] else {
        panic!("the gap comes first, once: {:?}", bench.done);
    };
    let position = bench.machine.position().unwrap();
    assert_eq!((position.epoch.as_str(), position.offset), ("e2", 41));
}

#[test]
fn an_unrecoverable_position_is_told_and_given_up() {
    let epoch = "old".to_owned();
    let mut bench = Bench::at(Some(StreamPosition { offset: 5, epoch }));
    bench.connects();
    bench.gets(TokenFor::Subscription, Ok("CHANNEL"));
    assert_eq!(bench.sent().pop().unwrap()["subscribe"]["offset"], 5);
    bench.hears(json!({"id": 2, "error": failed(112, false)}));
    assert!(bench.did(|action| matches!(action, Action::Subscribed(Recovered::Gap))));
    bench.waits();
    let again = bench.sent().pop().unwrap();
    assert!(again["subscribe"]["recover"].is_null() && again["subscribe"]["epoch"].is_null());
}

#[test]
fn a_hole_between_two_publications_is_recovered_not_jumped_over() {
    let mut bench = Bench::live();
    bench.hears(published(1));
    bench.hears(published(3));
    assert_eq!(bench.delivered(), [1]);
    assert!(bench.did(|action| matches!(action, Action::Close)));
    bench.connects();
    assert_eq!(bench.sent().pop().unwrap()["subscribe"]["offset"], 1);
}

#[test]
fn the_epoch_of_a_first_publication_is_adopted_only_when_none_is_known() {
    let mut bench = Bench::new();
    bench.connects();
    bench.subscribes(json!({"recoverable": true, "positioned": true}));
    let with_epoch = |offset: u64, epoch: &str| json!({"push": {"channel": CHANNEL, "pub": {"data": {}, "offset": offset, "epoch": epoch}}});
    bench.hears(with_epoch(1, "e1"));
    bench.hears(with_epoch(2, "e9"));
    assert_eq!(bench.machine.position().unwrap().epoch, "e1");
}

// 6. Pings.

#[test]
fn silence_beyond_the_ping_costs_the_connection_and_traffic_keeps_it() {
    let mut bench = Bench::live();
    bench.hears(json!({}));
    assert_eq!(bench.sent(), [json!({})]);
    for offset in 1..=5 {
        bench.pass(34);
        bench.hears(published(offset));
    }
    assert_eq!(*bench.machine.status(), Status::Live);
    let silence = bench.waits();
    assert_eq!(silence, Duration::from_secs(35));
    assert!(bench.did(|action| matches!(action, Action::Close)));
    assert!(!bench.is_final());
}

// 7. Unsubscribed by the server.

#[test]
fn a_subscription_that_the_server_ends_for_good_is_a_fault() {
    let mut bench = Bench::live();
    bench.hears(
        json!({"push": {"channel": CHANNEL, "unsubscribe": {"code": 2000, "reason": "server"}}}),
    );
    assert!(bench.is_final());
    assert!(bench.waits() >= Duration::from_secs(30));
    assert!(
        matches!(bench.machine.phase, Phase::Fetching),
        "with tokens of its own"
    );
}

#[test]
fn a_subscription_that_the_server_interrupts_goes_on_from_its_position() {
    for (code, fresh_token) in [(2500, false), (2501, true)] {
        let mut bench = Bench::live();
        bench.hears(published(1));
        bench.hears(
            json!({"push": {"channel": CHANNEL, "unsubscribe": {"code": code, "reason": "x"}}}),
        );
        assert!(!bench.is_final());
        bench.waits();
        assert_eq!(
            matches!(bench.machine.subscription, Subscription::Fetching),
            fresh_token
        );
        if fresh_token {
            bench.gets(TokenFor::Subscription, Ok("NEW"));
        }
        let subscribe = bench.sent().pop().unwrap();
        assert_eq!(
            (
                &subscribe["subscribe"]["epoch"],
                &subscribe["subscribe"]["offset"]
            ),
            (&json!("e1"), &json!(1))
        );
    }
}

#[test]
fn an_invalidated_position_asks_for_a_recovery_that_must_fail() {
    for by_disconnect in [false, true] {
        let mut bench = Bench::live();
        bench.hears(published(1));
        if by_disconnect {
            bench.closes(3014);
            bench.connects();
        } else {
            bench.hears(
                json!({"push": {"channel": CHANNEL, "unsubscribe": {"code": 2502, "reason": "x"}}}),
            );
            bench.waits();
        }
        bench.gets(TokenFor::Subscription, Ok("NEW"));
        let subscribe = bench.sent().pop().unwrap();
        assert_eq!(
            (
                &subscribe["subscribe"]["recover"],
                &subscribe["subscribe"]["epoch"]
            ),
            (&json!(true), &json!("_"))
        );
        assert!(subscribe["subscribe"]["offset"].is_null());
    }
}

// 8. Closed by the server.

#[test]
fn codes_that_pass_are_tried_again_at_once_and_others_slowly_with_fresh_tokens() {
    for code in [1000, 1006, 3001, 3005, 3008, 3010, 3012, 4400] {
        let mut bench = Bench::live();
        bench.closes(code);
        assert!(!bench.is_final(), "{code}");
        assert!(bench.waits() <= Duration::from_secs(1), "{code}");
    }
    for code in [1009, 3500, 3501, 3503, 4500] {
        let mut bench = Bench::live();
        bench.closes(code);
        assert!(bench.is_final(), "{code}");
        assert!(bench.waits() >= Duration::from_secs(30), "{code}");
        assert!(matches!(bench.machine.phase, Phase::Fetching), "{code}");
    }
}

#[test]
fn a_disconnect_may_also_come_as_a_push() {
    let mut bench = Bench::live();
    bench.hears(json!({"push": {"disconnect": {"code": 3503, "reason": "forced"}}}));
    assert!(bench.is_final());
    assert!(bench.did(|action| matches!(action, Action::Close)));
}

#[test]
fn a_fault_heals_when_the_server_takes_us_again() {
    let mut bench = Bench::live();
    bench.closes(3500);
    bench.connects();
    bench.subscribes(json!({"recovered": true, "was_recovering": true}));
    assert_eq!(*bench.machine.status(), Status::Live);
}

// 9. Renewals.

fn live_with_ends() -> Bench {
    let mut bench = Bench::new();
    bench.dials();
    bench.opens();
    bench.hears(json!({"id": 1, "connect": {"client": "c", "expires": true, "ttl": 60}}));
    bench.subscribes(json!({"expires": true, "ttl": 300}));
    bench.done.clear();
    bench
}

#[test]
fn a_token_is_renewed_before_its_end_on_the_same_connection() {
    let mut bench = live_with_ends();
    assert_eq!(bench.waits(), Duration::from_secs(50));
    assert!(bench.did(|action| matches!(action, Action::FetchConnectionToken { .. })));
    bench.gets(TokenFor::Connection, Ok("NEW"));
    assert_eq!(
        bench.sent(),
        [json!({"id": 3, "refresh": {"token": "NEW"}})]
    );
    bench.hears(json!({"id": 3, "refresh": {"client": "c", "expires": true, "ttl": 600}}));
    assert_eq!(*bench.machine.status(), Status::Live);

    assert_eq!(
        bench.waits(),
        Duration::from_secs(240),
        "the channel's token is next"
    );
    bench.gets(TokenFor::Subscription, Ok("NEWSUB"));
    let sent = bench.sent();
    assert_eq!(
        sent,
        [json!({"id": 4, "sub_refresh": {"channel": CHANNEL, "token": "NEWSUB"}})]
    );
    bench.hears(json!({"id": 4, "sub_refresh": {"expires": true, "ttl": 600}}));
    assert_eq!(*bench.machine.status(), Status::Live);
}

#[test]
fn a_renewal_that_fails_for_now_is_repeated_and_one_that_is_refused_is_a_fault() {
    let mut bench = live_with_ends();
    bench.waits();
    bench.gets(
        TokenFor::Connection,
        Err(TokenFault::Failed("offline".into())),
    );
    let wait = bench.waits();
    assert!((5..=10).contains(&wait.as_secs()), "{wait:?}");
    bench.gets(TokenFor::Connection, Ok("NEW"));
    bench.hears(json!({"id": 3, "error": failed(100, true)}));
    let wait = bench.waits();
    assert!((5..=10).contains(&wait.as_secs()), "{wait:?}");
    assert_eq!(*bench.machine.status(), Status::Live);
    bench.gets(TokenFor::Connection, Ok("NEWER"));
    bench.hears(json!({"id": 4, "error": failed(103, false)}));
    assert!(bench.is_final());
}

#[test]
fn a_token_that_comes_after_a_reconnect_is_ignored() {
    let mut bench = live_with_ends();
    bench.waits();
    let attempt = bench.machine.attempt;
    bench.closes(1006);
    bench.dials();
    bench.done.clear();
    bench.gets_for(attempt, TokenFor::Connection, Ok("LATE"));
    bench.gets_for(
        attempt,
        TokenFor::Connection,
        Err(TokenFault::Refused("late".into())),
    );
    assert!(bench.done.is_empty());
    assert!(!bench.is_final());
}

#[test]
fn tokens_that_still_live_are_used_again() {
    let mut bench = Bench::live();
    bench.closes(1006);
    bench.waits();
    assert!(bench.did(|action| matches!(action, Action::Dial { .. })));
    bench.closes(1006);
    bench.pass(590);
    assert!(bench.did(|action| matches!(action, Action::FetchConnectionToken { .. })));
}

#[test]
fn a_server_that_does_not_answer_is_left() {
    let mut bench = Bench::new();
    bench.dials();
    assert_eq!(bench.waits(), Duration::from_secs(5));
    assert!(bench.did(|action| matches!(action, Action::Close)));
    bench.dials();
    bench.opens();
    assert_eq!(bench.waits(), Duration::from_secs(5));
    bench.connects();
    bench.gets(TokenFor::Subscription, Ok("CHANNEL"));
    bench.done.clear();
    assert_eq!(bench.waits(), Duration::from_secs(5));
    assert!(bench.did(|action| matches!(action, Action::Close)));
}

#[test]
fn a_channel_that_is_denied_is_a_fault() {
    for code in [101, 102, 103] {
        let mut bench = Bench::new();
        bench.connects();
        bench.gets(TokenFor::Subscription, Ok("CHANNEL"));
        bench.hears(json!({"id": 2, "error": failed(code, false)}));
        assert!(bench.is_final(), "{code}");
    }
    let mut bench = Bench::new();
    bench.connects();
    bench.gets(TokenFor::Subscription, Ok("CHANNEL"));
    bench.hears(json!({"id": 2, "error": failed(100, true)}));
    assert!(!bench.is_final());
}

// 14. Backoff.

#[test]
fn waits_keep_growing_while_connections_die_as_soon_as_they_are_made() {
    let mut bench = Bench::new();
    let mut total = Duration::ZERO;
    for _ in 0..12 {
        bench.connects();
        bench.closes(1006);
        let wait = bench.machine.next_timeout().unwrap() - bench.now;
        assert!((Duration::from_millis(500)..=Duration::from_secs(20)).contains(&wait));
        total += wait;
    }
    assert!(total > Duration::from_secs(30), "{total:?} for 12 tries");
}

#[test]
fn a_connection_that_proved_usable_begins_the_waits_anew() {
    let mut bench = Bench::new();
    for _ in 0..12 {
        bench.connects();
        bench.closes(1006);
    }
    bench.connects();
    bench.hears(json!({}));
    bench.closes(1006);
    assert!(bench.waits() <= Duration::from_secs(1));
    assert!(bench.now > bench.start);
}
