use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn at(address: &str, by: FoundBy, speaks: Speaks) -> Found {
    Found {
        address: address.parse().unwrap(),
        others: Vec::new(),
        by,
        speaks,
        name: None,
        maker: None,
        model: None,
        identity: Identity::default(),
    }
}

fn announced(address: &str, uuid: u128) -> Found {
    let mut found = at(address, FoundBy::DnsSd, Speaks::Ipp);
    found.identity.uuid = Some(Uuid::from_u128(uuid));
    found
}

fn addresses(seen: &[Found]) -> Vec<String> {
    devices(seen.iter())
        .iter()
        .map(|found| found.address.to_string())
        .collect()
}

#[test]
fn a_printer_that_announces_itself_twice_is_one_and_prints_with_tls() {
    let seen = [
        announced("ipp://192.168.1.5:631/ipp/print", 7),
        announced("ipps://192.168.1.5:631/ipp/print", 7),
    ];
    assert_eq!(addresses(&seen), ["ipps://192.168.1.5:631/ipp/print"]);
    let others = devices(seen.iter()).remove(0).others;
    assert_eq!(others, ["ipp://192.168.1.5:631/ipp/print".parse().unwrap()]);
}

#[test]
fn a_receipt_printer_is_one_however_it_was_found_and_prints_where_it_confirms() {
    let mut epson = at("tcp://192.168.1.5", FoundBy::Epson, Speaks::Escpos);
    epson.identity.mac = Some("00:26:ab:01:02:03".into());
    epson.model = Some("TM-m30III".into());
    let mut ipps = announced("ipps://192.168.1.5/ipp/print", 7);
    ipps.name = Some("Bar".into());
    let seen = [
        at("tcp://192.168.1.5", FoundBy::Scan, Speaks::Unknown),
        ipps,
        epson,
    ];
    let found = devices(seen.iter());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].address.to_string(), "tcp://192.168.1.5:9100");
    assert_eq!(
        (found[0].name.as_deref(), found[0].model.as_deref()),
        (Some("Bar"), Some("TM-m30III"))
    );
    assert!(found[0].identity.uuid.is_some() && found[0].identity.mac.is_some());
}

#[test]
fn the_printers_that_one_pc_shares_stay_several() {
    let seen = [
        announced("ipp://192.168.1.9/printers/a", 1),
        announced("ipp://192.168.1.9/printers/b", 2),
        at("tcp://192.168.1.9", FoundBy::Scan, Speaks::Unknown),
    ];
    assert_eq!(addresses(&seen).len(), 3);
}

fn queue(name: &str, leads_to: Option<&str>) -> Found {
    let mut found = at(&format!("spooler://{name}"), FoundBy::Queue, Speaks::Ipp);
    found.others = leads_to.iter().map(|to| to.parse().unwrap()).collect();
    found
}

#[test]
fn a_printer_and_the_queue_that_leads_to_it_are_one_that_keeps_both_ways() {
    let mut announced = announced("ipps://192.168.1.5/ipp/print", 7);
    announced.model = Some("TM-m30III".into());
    let to_ipp = [
        queue("Bar", Some("ipp://192.168.1.5/ipp/print")),
        announced.clone(),
    ];
    let found = devices(to_ipp.iter());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].address, announced.address);
    let others: Vec<_> = found[0].others.iter().map(ToString::to_string).collect();
    assert_eq!(others, ["spooler://Bar", "ipp://192.168.1.5:631/ipp/print"]);

    let mut by_uuid = queue("Bar", None);
    by_uuid.identity.uuid = Some(Uuid::from_u128(7));
    assert_eq!(addresses(&[by_uuid, announced.clone()]).len(), 1);

    let to_raw = queue("Bar", Some("tcp://192.168.1.5"));
    assert_eq!(addresses(&[to_raw, announced]).len(), 1);
}

#[test]
fn a_usb_printer_and_its_queue_are_one_when_the_serial_number_says_so() {
    let numbered = |mut found: Found| {
        found.model = Some("TM-T20II".into());
        found.identity.serial = Some("J7AB012345".into());
        found
    };
    let plugged = numbered(at(
        "usb://04b8:0e15/J7AB012345",
        FoundBy::Usb,
        Speaks::Unknown,
    ));
    let seen = [numbered(queue("Bar", None)), plugged.clone()];
    let found = devices(seen.iter());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].address, plugged.address);
    assert_eq!(found[0].others, ["spooler://Bar".parse().unwrap()]);

    // Two of a kind may well be plugged in.
    let mut unnumbered = queue("Bar", None);
    unnumbered.model = Some("TM-T20II".into());
    assert_eq!(addresses(&[unnumbered, plugged]).len(), 2);
}

#[test]
fn queues_that_lead_to_one_server_are_not_one_printer() {
    for leads in [
        [
            "ipp://192.168.1.9/printers/a",
            "ipp://192.168.1.9/printers/b",
        ],
        ["tcp://192.168.1.9:9100", "tcp://192.168.1.9:9101"],
        [
            "ipp://localhost:60000/ipp/print",
            "ipp://localhost:60001/ipp/print",
        ],
    ] {
        let seen = [
            queue("a", Some(leads[0])),
            queue("b", Some(leads[1])),
            at("tcp://192.168.1.9:9102", FoundBy::Scan, Speaks::Unknown),
        ];
        assert_eq!(addresses(&seen).len(), 3, "{leads:?}");
    }
}

#[test]
fn a_queue_that_leads_to_another_port_is_another_printer() {
    let seen = [
        queue("Bar", Some("tcp://192.168.1.9:9101")),
        at("tcp://192.168.1.9", FoundBy::Scan, Speaks::Unknown),
    ];
    assert_eq!(addresses(&seen).len(), 2);
}

#[test]
fn a_queue_that_does_not_say_where_it_leads_stands_for_itself() {
    let seen = [
        queue("Bar", None),
        at("tcp://192.168.1.5", FoundBy::Epson, Speaks::Escpos),
    ];
    assert_eq!(
        addresses(&seen),
        ["spooler://Bar", "tcp://192.168.1.5:9100"]
    );
}

fn known(model: &str) -> Learned {
    Learned {
        model: Some(model.into()),
        ..Learned::default()
    }
}

#[test]
fn only_a_proven_identity_is_the_same_printer() {
    let mut found = at("tcp://192.168.1.52", FoundBy::Epson, Speaks::Escpos);
    found.model = Some("TM-T88V".into());
    assert!(!proves(&found, &known("TM-T88V")), "a model is no identity");

    let mut numbered = found.clone();
    numbered.identity.serial = Some("J7AB012345".into());
    let serial = |model: &str| Learned {
        serial: Some("J7AB012345".into()),
        ..known(model)
    };
    assert!(proves(&numbered, &serial("TM-T88V")));
    assert!(
        !proves(&numbered, &serial("TM-T20II")),
        "makers count each model from 1"
    );

    let card = |mac: &str| Learned {
        mac: Some(mac.into()),
        ..known("TM-T88V")
    };
    found.identity.mac = Some("00:26:ab:01:02:03".into());
    assert!(proves(&found, &card("00:26:ab:01:02:03")));
    assert!(!proves(&found, &card("00:26:ab:01:02:04")));

    found.identity.uuid = Some(Uuid::from_u128(1));
    let other = Learned {
        uuid: Some(Uuid::from_u128(2)),
        ..card("00:26:ab:01:02:03")
    };
    assert!(
        !proves(&found, &other),
        "two that contradict each other prove nothing"
    );
}

#[test]
fn a_serial_number_counts_only_with_its_model() {
    let numbered = |address: &str, serial: &str, model: &str| {
        let mut found = at(address, FoundBy::Usb, Speaks::Escpos);
        found.identity.serial = Some(serial.into());
        found.model = Some(model.into());
        found
    };
    let here = |serial: &str| numbered("usb://04b8:0202", serial, "TM-T88V");
    let there = |serial: &str, model: &str| numbered("tcp://192.168.1.52", serial, model);
    let count = |serial: &str, model: &str| addresses(&[here(serial), there(serial, model)]).len();
    assert_eq!(count("J7AB012345", "TM-T88V"), 1);
    assert_eq!(count("J7AB012345", "TM-T20II"), 2);
    for all_have_it in ["0000000000", "12345", "1"] {
        assert_eq!(count(all_have_it, "TM-T88V"), 2, "{all_have_it}");
    }
}

fn some_found() -> impl Strategy<Value = Found> {
    let address = prop::sample::select(vec![
        "tcp://10.0.0.1",
        "tcp://10.0.0.2",
        "ipp://10.0.0.1/a",
        "ipp://10.0.0.1/b",
        "ipps://10.0.0.2/a",
        "usb://04b8:0202",
    ]);
    let leads_to =
        prop::sample::select(vec![None, Some("tcp://10.0.0.1"), Some("ipp://10.0.0.2/a")]);
    let queue = (prop::sample::select(vec!["Bar", "Kitchen"]), leads_to)
        .prop_map(|(name, leads_to)| queue(name, leads_to));
    let by = prop::sample::select(vec![FoundBy::DnsSd, FoundBy::Epson, FoundBy::Scan]);
    let speaks = prop::sample::select(vec![Speaks::Escpos, Speaks::Ipp, Speaks::Unknown]);
    let device = (
        address,
        by,
        speaks,
        prop::option::of(0u128..4),
        prop::option::of(0u8..3),
    )
        .prop_map(|(address, by, speaks, uuid, mac)| {
            let mut found = at(address, by, speaks);
            found.identity.uuid = uuid.map(Uuid::from_u128);
            found.identity.mac = mac.map(|mac| format!("00:00:00:00:00:0{mac}"));
            found
        });
    prop_oneof![3 => device, 1 => queue]
}

proptest! {
    #[test]
    fn the_order_in_which_printers_answer_changes_nothing(
        (seen, shuffled) in prop::collection::vec(some_found(), 0..8)
            .prop_flat_map(|seen| (Just(seen.clone()), Just(seen).prop_shuffle())),
    ) {
        prop_assert_eq!(devices(seen.iter()), devices(shuffled.iter()));
        prop_assert!(devices(seen.iter()).len() <= seen.len());
    }
}
