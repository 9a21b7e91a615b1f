//! The envelope at a scripted device, over a pipe in memory and on paused time.

use std::time::Duration;

use super::*;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    time::Instant,
};

const FINE: [u8; 4] = [0x12; 4];
const NUMBER: [u8; 4] = *b"0042";
const REQUEST: &[u8] = b"\x1D\x28\x48\x06\x00\x30\x300042";

struct Device(DuplexStream);

impl Device {
    /// Reads so many bytes.
    async fn take(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.0.read_exact(&mut bytes).await.expect("bytes");
        bytes
    }

    async fn say(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.expect("a listener");
    }

    /// Answers one round of questions.
    async fn answer(&mut self, answers: [u8; 4]) {
        for (which, answer) in (1u8..).zip(answers) {
            assert_eq!(self.take(3).await, [0x10, 0x04, which]);
            self.say(&[answer]).await;
        }
    }

    /// Reads until our side is closed.
    async fn rest(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.0.read_to_end(&mut bytes).await.expect("an end");
        bytes
    }
}

fn link() -> (Link<DuplexStream>, Device) {
    let (ours, theirs) = tokio::io::duplex(64);
    (Link::new(ours, &Timings::default()), Device(theirs))
}

fn sending(bytes: &[u8], proof: Proof) -> Sending<'_> {
    Sending {
        bytes,
        proof,
        limit: Duration::from_secs(15),
    }
}

#[tokio::test(start_paused = true)]
async fn a_device_that_answers_nothing_is_no_failure() {
    let (mut link, _device) = link();
    let look = link.check_status().await.expect("no failure");
    assert_eq!((look.answers, look.report.health()), (false, Health::Ready));
}

#[tokio::test(start_paused = true)]
async fn each_question_waits_for_its_answer() {
    let (mut link, mut device) = link();
    let (look, ()) = tokio::join!(link.check_status(), device.answer([0x1A, 0x32, 0x12, 0x72]));
    let look = look.expect("a look");
    assert_eq!(
        (look.answers, look.report.health()),
        (true, Health::PaperOut)
    );
}

#[tokio::test(start_paused = true)]
async fn what_chatters_before_it_is_asked_is_no_printer() {
    let (mut link, mut device) = link();
    let (look, ()) = tokio::join!(link.check_status(), device.say(b"SSH-2.0-OpenSSH_9.2\r\n"));
    assert!(matches!(look, Err(NotPrinted::Refused { .. })), "{look:?}");
}

#[tokio::test(start_paused = true)]
async fn a_ticket_is_confirmed_by_the_echo_of_its_number_behind_all_its_bytes() {
    let (mut link, mut device) = link();
    let ticket = [b'x'; 10_000];
    let (told, _) = mpsc::unbounded_channel();
    let script = async {
        assert_eq!(device.take(ticket.len()).await, ticket);
        assert_eq!(device.take(REQUEST.len()).await, REQUEST);
        device.say(b"\x37\x220041\0").await;
        device.say(b"\x37\x220042\0").await;
        assert_eq!(device.rest().await, b"", "after the request comes nothing");
    };
    let send = async {
        let outcome = link
            .send(sending(&ticket, Proof::Echo(NUMBER)), &told)
            .await;
        link.close().await;
        drop(link);
        outcome
    };
    let (outcome, ()) = tokio::join!(send, script);
    assert_eq!(outcome, Outcome::Confirmed);
}

#[tokio::test(start_paused = true)]
async fn the_end_is_said_first_and_the_device_is_heard_out() {
    let (mut link, mut device) = link();
    let (told, _) = mpsc::unbounded_channel();
    let script = async {
        assert_eq!(device.rest().await, b"ticket");
        device.say(&[0x10, 0, 0, 0]).await;
        tokio::time::sleep(Duration::from_secs(4)).await;
        drop(device);
    };
    let (outcome, ()) = tokio::join!(link.send(sending(b"ticket", Proof::End), &told), script);
    assert_eq!(outcome, Outcome::Sent);
}

#[tokio::test(start_paused = true)]
async fn a_device_that_never_stops_talking_loses_no_byte_of_the_ticket() {
    let (mut link, mut device) = link();
    let ticket = [b'x'; 5_000];
    let (told, _) = mpsc::unbounded_channel();
    let script = async {
        let mut taken = 0;
        while taken < ticket.len() + REQUEST.len() {
            device.say(&[0x10, 0, 0, 0].repeat(20)).await;
            taken += device.take(7).await.len();
            if taken + 7 > ticket.len() + REQUEST.len() {
                taken += device
                    .take(ticket.len() + REQUEST.len() - taken)
                    .await
                    .len();
            }
        }
        device.say(b"\x37\x220042\0").await;
        device
    };
    let (outcome, _device) = tokio::join!(
        link.send(sending(&ticket, Proof::Echo(NUMBER)), &told),
        script
    );
    assert_eq!(outcome, Outcome::Confirmed);
}

#[tokio::test(start_paused = true)]
async fn a_device_that_stops_taking_bytes_is_waited_for_without_an_end() {
    let (mut link, mut device) = link();
    let (told, mut hears) = mpsc::unbounded_channel();
    let ticket = [b'x'; 500];
    let script = async {
        device.say(&[0x18, 0, 0x0C, 0]).await;
        tokio::time::sleep(Duration::from_secs(3_600)).await;
        device.say(&[0x10, 0, 0, 0]).await;
        device.take(ticket.len() + REQUEST.len()).await;
        device.say(b"\x37\x220042\0").await;
        device
    };
    let (outcome, _device) = tokio::join!(
        link.send(sending(&ticket, Proof::Echo(NUMBER)), &told),
        script
    );
    assert_eq!(outcome, Outcome::Confirmed);
    assert_eq!(
        hears.recv().await,
        Some(Progress::Waiting(Health::PaperOut))
    );
    let mut last = Progress::Waiting(Health::PaperOut);
    while let Ok(progress) = hears.try_recv() {
        last = progress;
    }
    assert_eq!(last, Progress::Printing);
}

#[tokio::test(start_paused = true)]
async fn an_hour_without_paper_does_not_count_and_fifteen_seconds_of_silence_do() {
    let (mut link, mut device) = link();
    let (told, mut hears) = mpsc::unbounded_channel();
    let script = async {
        device.answer(FINE).await;
        device.take(b"ticket".len() + REQUEST.len()).await;
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(3_600) {
            device.answer([0x1A, 0x32, 0x12, 0x72]).await;
        }
        let empty = Instant::now();
        loop {
            // Asked until it is given up, and closed.
            let mut byte = [0];
            if device.0.read(&mut byte).await.expect("an end") == 0 {
                return (empty.elapsed(), device);
            }
            if byte == [1] || byte == [2] || byte == [3] || byte == [4] {
                // Of `10 04 n` the last one; 4 stands in the middle, too.
                device.say(&[0x12]).await;
            }
        }
    };
    let send = async {
        let look = link.check_status().await.expect("a look");
        assert!(look.answers);
        let outcome = link
            .send(sending(b"ticket", Proof::Echo(NUMBER)), &told)
            .await;
        drop(link);
        outcome
    };
    let (outcome, (waited, _device)) = tokio::join!(send, script);
    assert_eq!(outcome, Outcome::Uncertain(Doubt::NoConfirmation));
    assert!(waited >= Duration::from_secs(14), "{waited:?}");
    assert_eq!(
        hears.recv().await,
        Some(Progress::Waiting(Health::PaperOut))
    );
    assert_eq!(hears.recv().await, Some(Progress::Printing));
}

#[tokio::test(start_paused = true)]
async fn a_device_that_was_switched_on_in_the_middle_leaves_a_doubt() {
    for proof in [Proof::Echo(NUMBER), Proof::Queued, Proof::End] {
        let (mut link, mut device) = link();
        let (told, _) = mpsc::unbounded_channel();
        let script = async {
            device.take(b"ticket".len()).await;
            device.say(&[0x3B, 0x31, 0x00]).await;
            device
        };
        let (outcome, _device) = tokio::join!(link.send(sending(b"ticket", proof), &told), script);
        assert_eq!(
            outcome,
            Outcome::Uncertain(Doubt::PrinterRestarted),
            "{proof:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_device_that_goes_before_the_first_byte_printed_nothing() {
    let (mut link, device) = link();
    drop(device);
    let (told, _) = mpsc::unbounded_channel();
    let outcome = link
        .send(sending(b"ticket", Proof::Echo(NUMBER)), &told)
        .await;
    assert!(
        matches!(outcome, Outcome::NotPrinted(NotPrinted::Refused { .. })),
        "{outcome:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_device_that_goes_after_the_first_byte_leaves_a_doubt() {
    let (mut link, mut device) = link();
    let (told, _) = mpsc::unbounded_channel();
    let script = async {
        device.take(1).await;
        drop(device);
    };
    let (outcome, ()) = tokio::join!(
        link.send(sending(&[b'x'; 500], Proof::Echo(NUMBER)), &told),
        script
    );
    assert_eq!(outcome, Outcome::Uncertain(Doubt::ConnectionLost));
}

#[tokio::test(start_paused = true)]
async fn an_answer_from_behind_the_ticket_says_that_it_was_taken() {
    let (mut link, mut device) = link();
    let (told, _) = mpsc::unbounded_channel();
    let script = async {
        assert_eq!(device.take(9).await, b"ticket\x1D\x72\x01");
        device.say(&[0]).await;
        device
    };
    let (outcome, _device) =
        tokio::join!(link.send(sending(b"ticket", Proof::Queued), &told), script);
    assert_eq!(outcome, Outcome::Sent);
}

#[tokio::test(start_paused = true)]
async fn an_echo_that_comes_while_the_connection_is_closed_still_counts() {
    let (mut link, mut device) = link();
    let (told, _) = mpsc::unbounded_channel();
    let script = async {
        device.rest().await;
        device.say(b"\x37\x220042\0").await;
        device
    };
    let (outcome, _device) = tokio::join!(
        link.send(sending(b"ticket", Proof::Echo(NUMBER)), &told),
        script
    );
    assert_eq!(outcome, Outcome::Confirmed);
}

#[tokio::test(start_paused = true)]
async fn a_later_connection_hears_the_late_echo_and_nothing_else_proves_anything() {
    let (mut link, mut device) = link();
    let script = async {
        device.answer(FINE).await;
        device.say(b"\x37\x220042\0").await;
        device
    };
    let (answer, _device) = tokio::join!(link.ask_again(NUMBER, true), script);
    assert_eq!(answer, Some(Outcome::Confirmed));

    let (mut link, mut device) = self::link();
    let script = async {
        device.answer(FINE).await;
        device.say(b"\x37\x220043\0").await;
        device
    };
    let (answer, _device) = tokio::join!(link.ask_again(NUMBER, true), script);
    assert_eq!(answer, None);
}

#[tokio::test(start_paused = true)]
async fn a_device_that_took_the_ticket_slowly_may_print_what_it_holds_as_slowly() {
    let (mut link, mut device) = link();
    let ticket = [b'x'; 6_000];
    let (told, mut hears) = mpsc::unbounded_channel();
    let script = async {
        for _ in 0..60 {
            device.take(ticket.len() / 60).await;
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        device.take(REQUEST.len()).await;
        // What it took last lies in its own buffer; its limit alone is 15 s.
        tokio::time::sleep(Duration::from_secs(50)).await;
        device.say(b"\x37\x220042\0").await;
    };
    let sending = sending(&ticket, Proof::Echo(NUMBER));
    let (outcome, ()) = tokio::join!(link.send(sending, &told), script);
    assert_eq!(outcome, Outcome::Confirmed);
    assert!(hears.try_recv().is_err(), "it never stood still");
}

#[tokio::test(start_paused = true)]
async fn the_time_in_which_a_device_takes_nothing_gives_it_no_more_time_to_confirm() {
    let (mut link, mut device) = link();
    let ticket = [b'x'; 6_000];
    let (told, _) = mpsc::unbounded_channel();
    let script = async {
        device.take(100).await;
        tokio::time::sleep(Duration::from_secs(3_600)).await;
        device.take(ticket.len() - 100 + REQUEST.len()).await;
        let taken = Instant::now();
        device.rest().await;
        assert!(taken.elapsed() <= Duration::from_secs(15 + 5 + 1));
        taken
    };
    let sending = sending(&ticket, Proof::Echo(NUMBER));
    let (outcome, _) = tokio::join!(link.send(sending, &told), script);
    assert_eq!(outcome, Outcome::Uncertain(Doubt::NoConfirmation));
}
