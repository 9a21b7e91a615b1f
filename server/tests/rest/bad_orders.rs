//! Orders that cannot be: turned away with the place that is wrong, and nothing stored.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{CHIANTI, MARGHERITA, PALACE, new_order, on_both, refused};

pub(crate) fn with(pointer: &str, value: Value) -> Value {
    let mut order = new_order();
    let (parent, field) = pointer.rsplit_once('/').expect("a pointer");
    let parent = order.pointer_mut(parent).expect("such a field");
    if let Value::Array(items) = parent {
        items[field.parse::<usize>().expect("an index")] = value;
    } else {
        parent[field] = value;
    }
    order
}

fn without(field: &str) -> Value {
    let mut order = new_order();
    order.as_object_mut().expect("an object").remove(field);
    order
}

#[tokio::test]
async fn an_order_that_cannot_be_is_turned_away_with_the_place_that_is_wrong() {
    on_both(async |world| {
        let before = world.stored().await;
        let long = "é".repeat(2_001);
        for (body, status, code, field) in [
            (without("lines"), 400, "malformed", Some("lines")),
            (without("channel"), 400, "malformed", Some("channel")),
            (json!([]), 400, "malformed", None),
            (json!("x"), 400, "malformed", None),
            (
                with("/channel", json!("fax")),
                400,
                "malformed",
                Some("channel"),
            ),
            (with("/tip", json!(5)), 400, "malformed", Some("tip")),
            (
                with("/lines/1/quantity", json!("2")),
                400,
                "malformed",
                Some("lines[1].quantity"),
            ),
            (
                with("/lines/1/quantity", json!(1.2345)),
                400,
                "malformed",
                Some("lines[1].quantity"),
            ),
            (
                with("/lines/0/item_id", json!("pizza")),
                400,
                "malformed",
                Some("lines[0].item_id"),
            ),
            (
                with("/promised_at", json!("tonight")),
                400,
                "malformed",
                Some("promised_at"),
            ),
            (with("/lines", json!([])), 422, "invalid", Some("lines")),
            (
                with("/lines/1/item_id", json!(Uuid::new_v4())),
                422,
                "invalid",
                Some("lines[1].item_id"),
            ),
            (
                with("/lines/0/quantity", json!(0)),
                422,
                "invalid",
                Some("lines[0].quantity"),
            ),
            (
                with("/lines/0/quantity", json!(-3)),
                422,
                "invalid",
                Some("lines[0].quantity"),
            ),
            (
                with("/lines/0/quantity", json!(1000)),
                422,
                "invalid",
                Some("lines[0].quantity"),
            ),
            (
                with("/lines/0/quantity", json!(999.001)),
                422,
                "invalid",
                Some("lines[0].quantity"),
            ),
            (
                with("/lines/0/quantity", json!(1e300)),
                400,
                "malformed",
                Some("lines[0].quantity"),
            ),
            (
                with("/lines/0/unit", json!("kilograms")),
                422,
                "invalid",
                Some("lines[0].unit"),
            ),
            (
                with("/lines/0/unit", json!("2 kg")),
                422,
                "invalid",
                Some("lines[0].unit"),
            ),
            (
                with("/lines/0/unit", json!(7)),
                400,
                "malformed",
                Some("lines[0].unit"),
            ),
            (
                with("/lines/0", json!({"item_id": MARGHERITA})),
                400,
                "malformed",
                Some("lines[0].quantity"),
            ),
            (
                with("/lines/0", json!({"quantity": 1, "amount": 2})),
                400,
                "malformed",
                Some("lines[0].amount"),
            ),
            (
                with("/lines/0", json!(null)),
                400,
                "malformed",
                Some("lines[0]"),
            ),
            (
                with("/lines/0/options", json!(["olives", 7])),
                400,
                "malformed",
                Some("lines[0].options[1]"),
            ),
            (
                with("/customer", json!("Ada")),
                400,
                "malformed",
                Some("customer"),
            ),
            (
                with("/customer/address", json!(["Mill Lane", 12])),
                400,
                "malformed",
                Some("customer.address[1]"),
            ),
            (
                with("/payment", json!({"method": "cash"})),
                400,
                "malformed",
                Some("payment.paid"),
            ),
            (
                with("/payment/paid", json!("yes")),
                400,
                "malformed",
                Some("payment.paid"),
            ),
            (
                with("/lines/0/options", json!(["olives", "gold"])),
                422,
                "invalid",
                Some("lines[0].options[1]"),
            ),
            (
                with("/lines/0/note", json!(long)),
                422,
                "invalid",
                Some("lines[0].note"),
            ),
            (
                with("/lines/0/item_id", json!(PALACE)),
                422,
                "invalid",
                Some("lines[0]"),
            ),
            (
                with("/delivery_fee", json!(-1)),
                422,
                "invalid",
                Some("delivery_fee"),
            ),
            (
                with("/delivery_fee", json!(i64::MAX)),
                422,
                "invalid",
                Some("delivery_fee"),
            ),
            (
                with("/customer/name", json!("x".repeat(201))),
                422,
                "invalid",
                Some("customer.name"),
            ),
            (
                with("/lines/0/options", json!(["x".repeat(201)])),
                422,
                "invalid",
                Some("lines[0].options[0]"),
            ),
            (
                with(
                    "/lines",
                    json!(vec![
                        json!({"item_id": CHIANTI, "quantity": 1, "note": "x".repeat(1_999)});
                        11
                    ]),
                ),
                422,
                "invalid",
                None,
            ),
            (
                with("/reference", json!(" ")),
                422,
                "invalid",
                Some("reference"),
            ),
            (
                with("/customer/address", json!(vec!["x"; 11])),
                422,
                "invalid",
                Some("customer.address"),
            ),
            (
                with(
                    "/lines",
                    json!(vec![json!({"item_id": CHIANTI, "quantity": 1}); 201]),
                ),
                422,
                "invalid",
                Some("lines"),
            ),
        ] {
            let said = refused(world.post("/orders", &body).await, status, code);
            assert_eq!(said["field"].as_str(), field, "{said}");
        }
        assert_eq!(world.stored().await, before);
        world
    })
    .await;
}
