//! Parts of dishes: half a pizza, 0.350 kg.

use api::Quantity;

use super::*;

#[test]
fn a_part_of_a_dish_is_printed_as_the_country_writes_it() {
    let mut order = order();
    order.lines[0].quantity = Quantity::from_thousandths(500);
    order.lines[1].quantity = Quantity::from_thousandths(350);
    order.lines[1].unit = Some("kg".into());
    let mut now = order.clone();
    now.lines[0].quantity = Quantity::from_thousandths(1_500);
    now.lines[1].unit = Some("Port.".into());
    let made = |kind, before: Option<&Order>, order: &Order, locale: &str| {
        let business = Business {
            locale: locale.into(),
            ..business()
        };
        let ticket = Ticket {
            business: &business,
            order,
            name: &TicketName::whole(kind),
            before,
            lines: None,
        };
        paper(&render(&ticket, None, &Partials::new()).unwrap(), 48)
    };
    let first = &order.lines[0].name;
    for kind in [TicketKind::Receipt, TicketKind::Delivery] {
        let text = made(kind, None, &order, "de-DE");
        assert!(text.contains(&format!("0,5  {first}")), "{text}");
        assert!(text.contains("0,35 kg Spaghetti"), "{text}");
    }
    let text = made(TicketKind::Kitchen, None, &order, "en-US");
    assert!(
        text.contains("0.5") && text.contains("0.35") && text.contains("kg "),
        "{text}"
    );
    let text = made(TicketKind::Receipt, None, &order, "mr-IN");
    assert!(text.contains("०.३५"), "{text}");
    let text = made(TicketKind::Change, Some(&order), &now, "de-DE");
    assert!(
        text.contains("1,5") && text.contains("bisher 0,5\n"),
        "{text}"
    );
    assert!(text.contains("bisher 0,35 kg"), "{text}");
    let text = made(TicketKind::Void, None, &order, "de-DE");
    assert!(text.contains("0,35") && text.contains("kg "), "{text}");
}
