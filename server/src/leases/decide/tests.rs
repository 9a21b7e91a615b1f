//! Renewals, leases and claims, case by case.

use super::*;

const THIS: Uuid = Uuid::from_u128(1);
const OTHER: Uuid = Uuid::from_u128(2);
const NOW: i64 = 1_000_000;

fn terms() -> Terms {
    Terms::default()
}

fn known() -> Known<'static> {
    Known {
        proof: Some("7.new"),
        previous: Some("6.old"),
        run: Some(THIS),
        machine: None,
        renewed_at: Some(NOW - 20_000),
    }
}

fn asks(run: Uuid, proof: Option<&str>) -> Asks<'_> {
    Asks {
        run,
        proof,
        machine: None,
    }
}

#[test]
fn of_two_programs_with_the_newest_proof_the_pc_that_renewed_last_goes_on() {
    let (here, elsewhere) = (Uuid::from_u128(0xA), Uuid::from_u128(0xB));
    let known = Known {
        machine: Some(here),
        ..known()
    };
    let at = |machine, now| {
        let asks = Asks {
            machine,
            ..asks(OTHER, Some("7.new"))
        };
        renewal(known, asks, terms(), now)
    };
    assert_eq!(at(Some(elsewhere), NOW), Answer::Cloned);
    assert_eq!(at(Some(here), NOW), Answer::Rotate, "it was started anew");
    assert_eq!(at(None, NOW), Answer::Rotate, "it does not say where it is");
    let silent = NOW - 20_000 + terms().silent_ms();
    assert_eq!(at(Some(elsewhere), silent - 1), Answer::Cloned);
    assert_eq!(at(Some(elsewhere), silent), Answer::Rotate, "it was moved");
    // One run is one program, also when its PC got another number.
    let renumbered = Asks {
        machine: Some(elsewhere),
        ..asks(THIS, Some("7.new"))
    };
    assert_eq!(renewal(known, renumbered, terms(), NOW), Answer::Rotate);
}

#[test]
fn the_program_is_known_by_its_proof_and_a_lost_answer_is_given_again() {
    let renewal = |run, proof| renewal(known(), asks(run, proof), terms(), NOW);
    assert_eq!(renewal(THIS, Some("7.new")), Answer::Rotate);
    assert_eq!(
        renewal(OTHER, Some("7.new")),
        Answer::Rotate,
        "it was started anew"
    );
    assert_eq!(renewal(THIS, Some("6.old")), Answer::Again);
    assert_eq!(renewal(THIS, None), Answer::Again);
    assert_eq!(
        super::renewal(Known::default(), asks(THIS, None), terms(), NOW),
        Answer::Rotate
    );
}

#[test]
fn a_second_program_with_the_id_is_told_apart() {
    for proof in [
        Some("6.old"),
        Some("5.older"),
        Some("7.else"),
        Some("x"),
        Some(""),
        None,
    ] {
        assert_eq!(
            renewal(known(), asks(OTHER, proof), terms(), NOW),
            Answer::Cloned,
            "{proof:?}"
        );
    }
}

#[test]
fn a_program_that_was_started_anew_before_its_answer_came_waits_until_its_last_run_is_silent() {
    let at = |now| renewal(known(), asks(OTHER, Some("6.old")), terms(), now);
    let silent = NOW - 20_000 + terms().silent_ms();
    assert_eq!(
        (at(silent - 1), at(silent)),
        (Answer::Cloned, Answer::Rotate)
    );
    for stale in [Some("5.older"), Some("7.else"), None] {
        assert_eq!(
            renewal(known(), asks(OTHER, stale), terms(), NOW * 9),
            Answer::Cloned,
            "{stale:?}"
        );
    }
    assert_eq!(
        at(0),
        Answer::Rotate,
        "a clock that was set back stops nobody"
    );
}

#[test]
fn a_program_whose_first_answer_was_lost_is_known_again_once_its_last_run_is_silent() {
    let first = Known {
        proof: Some("1.first"),
        previous: None,
        ..known()
    };
    let at = |now| renewal(first, asks(OTHER, None), terms(), now);
    let silent = NOW - 20_000 + terms().silent_ms();
    assert_eq!(
        (at(silent - 1), at(silent)),
        (Answer::Cloned, Answer::Rotate)
    );
}

#[test]
fn a_server_that_was_restored_knows_its_counters_again() {
    let sent = Some("500.later");
    assert_eq!(
        renewal(known(), asks(THIS, sent), terms(), NOW),
        Answer::Rotate
    );
    assert_eq!(
        renewal(
            known(),
            asks(OTHER, sent),
            terms(),
            NOW + terms().silent_ms()
        ),
        Answer::Rotate
    );
    assert_eq!(
        renewal(known(), asks(OTHER, sent), terms(), NOW),
        Answer::Cloned
    );
    let next = next_proof(known().proof, sent, Uuid::nil());
    assert_eq!(number(&next), 501, "greater than any that was given out");
    assert_eq!(
        number(&next_proof(
            Some("18446744073709551615.x"),
            None,
            Uuid::nil()
        )),
        u64::MAX
    );
}

#[test]
fn ownership_expires_only_where_another_counter_may_take_over() {
    assert_eq!(lease_ms(true, true, terms()), Some(LEASE_MS));
    for (standby, others) in [(true, false), (false, true), (false, false)] {
        assert_eq!(until(lease_ms(standby, others, terms()), NOW), None);
    }
    assert!(!is_over(None, i64::MAX));
    let end = until(Some(LEASE_MS), NOW).expect("an end");
    assert!(!is_over(Some(end), end - 1) && is_over(Some(end), end));
}

#[test]
fn after_an_outage_nobody_stands_in_before_the_others_could_renew() {
    let terms = terms();
    let lease = i64::try_from(terms.lease_ms).expect("a lease");
    let every = i64::try_from(terms.renewal_ms).expect("a pause");
    let back = unbroken_since(Some(NOW - lease), Some(1), terms, NOW);
    assert_eq!(back, NOW, "it was away itself");
    assert!(!may_stand_in(Some(back), terms, NOW + lease - 1));
    let (mut since, mut now) = (back, NOW);
    while now < NOW + lease {
        now += every;
        since = unbroken_since(Some(now - every), Some(since), terms, now);
    }
    assert_eq!(since, NOW);
    assert!(may_stand_in(Some(since), terms, now));
    assert!(!may_stand_in(None, terms, i64::MAX), "never heard");
    for (renewed_at, since) in [
        (None, Some(1)),
        (Some(NOW + 1), Some(1)),
        (Some(NOW), Some(NOW + 1)),
    ] {
        assert_eq!(
            unbroken_since(renewed_at, since, terms, NOW),
            NOW,
            "{renewed_at:?} {since:?}"
        );
    }
}

#[test]
fn a_printer_is_taken_only_from_whom_the_claim_says() {
    let ended = Owner::Counter {
        lease_until: Some(NOW),
    };
    let running = Owner::Counter {
        lease_until: Some(NOW + 1),
    };
    let for_ever = Owner::Counter { lease_until: None };
    let may = |from, owner| may_take(from, owner, true, NOW);
    for owner in [Owner::Nobody, ended, running, for_ever] {
        assert!(may(ClaimFrom::Anybody, owner));
        assert_eq!(may(ClaimFrom::Nobody, owner), owner == Owner::Nobody);
        let is_free = owner == Owner::Nobody || owner == ended;
        assert_eq!(may(ClaimFrom::LeaseEnded, owner), is_free, "{owner:?}");
    }
    assert!(
        !may_take(ClaimFrom::LeaseEnded, ended, false, NOW),
        "standby is off"
    );
}
