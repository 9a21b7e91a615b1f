//! Histories that went wrong once, told by hand.

use api::CounterId;

use crate::{
    play,
    step::{Attempt, Fate, Step},
    story,
    world::World,
};

/// Of one dish at the grill, one at the bar and one at the oven.
const ONE_EACH: u8 = 0b01_01_01;
/// Of two at the bar.
const TWO_AT_THE_BAR: u8 = 0b01_10_01;

/// The bar's printer changes hands in these.
const BAR: u8 = 1;

fn follow(counter: u8) -> Step {
    Step::Follow {
        counter,
        stops: None,
        meanwhile: None,
    }
}

fn print_all(counter: u8) -> impl Iterator<Item = Step> {
    // One of them has a receipt as well.
    (0..6).map(move |at| Step::Print {
        counter,
        printer: at % 3,
        attempt: Attempt::Confirmed,
    })
}

fn revise(dishes: u8) -> Step {
    Step::Revise { order: 0, dishes }
}

fn take_bar(counter: u8) -> Step {
    Step::TakeOver {
        counter,
        printers: 1 << BAR,
        fate: Fate::Answered,
    }
}

fn report(counter: u8) -> Step {
    let fate = Fate::Answered;
    Step::Report { counter, fate }
}

/// In restaurants of three counters and a printer for each station, all of which are the first counter's.
fn holds(history: &[Step]) {
    let is_such = |seed: &u64| {
        let world = World::new(*seed);
        let first: Option<CounterId> = world.rules.counters.first().copied();
        let owners = world.server.owners();
        (world.rules.counters.len(), world.rules.printers.len()) == (3, 3)
            && owners.values().all(|owner| Some(*owner) == first)
    };
    for seed in (0..).filter(is_such).take(8) {
        if let Err(fault) = play(seed, history) {
            panic!("{}", story::of(seed, history, &fault));
        }
    }
}

#[test]
fn a_place_is_told_what_its_new_counter_cannot_know_is_on_paper_there() {
    let mut history = vec![Step::Order { dishes: ONE_EACH }, follow(0), follow(1)];
    history.extend(print_all(0));
    history.extend([revise(TWO_AT_THE_BAR), follow(0)]);
    history.extend(print_all(0));
    history.extend([report(0), take_bar(1), revise(ONE_EACH)]);
    holds(&history);
}

#[test]
fn what_is_on_paper_of_a_revision_that_the_server_lost_is_not_taken_for_its_twin() {
    let mut history = vec![
        Step::Order { dishes: ONE_EACH },
        follow(0),
        follow(1),
        Step::Backup,
        Step::Cancel { order: 0 },
        follow(0),
    ];
    history.extend(print_all(0));
    history.extend([Step::Restore, revise(ONE_EACH), follow(1), take_bar(1)]);
    holds(&history);
}

#[test]
fn an_order_that_is_taken_back_again_is_told_where_the_first_time_was_lost() {
    let mut history = vec![
        Step::Order { dishes: ONE_EACH },
        follow(0),
        Step::Backup,
        follow(2),
        revise(TWO_AT_THE_BAR),
        follow(1),
        Step::Restore,
        Step::Cancel { order: 0 },
        follow(2),
        follow(1),
    ];
    history.extend(print_all(0));
    history.push(take_bar(2));
    holds(&history);
}

#[test]
fn a_counter_that_first_heard_of_an_order_when_it_was_lost_takes_it_back_all_the_same() {
    let mut history = vec![Step::Order { dishes: ONE_EACH }, Step::Backup, follow(0)];
    history.push(Step::Cancel { order: 0 });
    history.extend(print_all(0));
    history.extend([
        follow(2),
        Step::Restore,
        Step::Cancel { order: 0 },
        follow(2),
        take_bar(2),
    ]);
    holds(&history);
}

#[test]
fn a_copy_that_starts_beside_the_counter_that_runs_prints_nothing() {
    let renew = |counter| Step::Renew {
        counter,
        fate: Fate::Answered,
    };
    let mut history = vec![
        renew(0),
        Step::Order { dishes: ONE_EACH },
        follow(0),
        Step::Copy { counter: 0 },
        renew(0),
        follow(3),
    ];
    history.extend(print_all(3));
    history.push(Step::Order { dishes: ONE_EACH });
    history.extend([follow(3), follow(0)]);
    for _ in 0..2 {
        history.extend(print_all(3));
        history.extend(print_all(0));
    }
    holds(&history);
}
