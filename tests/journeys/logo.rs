//! The restaurant's own picture is on its paper.

use api::settings::SettingKey;
use journeys::Restaurant;
use serde_json::{Value, json};

/// A PNG file of 16 x 8 pixels, all of them black.
const LOGO: &str =
    "iVBORw0KGgoAAAANSUhEUgAAABAAAAAIAQAAAADYDUI6AAAAC0lEQVR4nGNgwA4AABgAAdV/xOwAAAAASUVORK5CYII=";

fn with_logo(business: Option<Value>, logo: Option<&str>) -> Option<Value> {
    let mut business = business?;
    business["logo"] = json!(logo);
    Some(business)
}

/// Whether a picture (`GS v 0`) of eight rows with the logo's black dots, and no others, was sent.
fn has_logo(bytes: &[u8]) -> bool {
    let mut from = 0;
    while let Some(place) = find(&bytes[from..], b"\x1dv0\0") {
        let head = from + place;
        let Some(&[wide, wider, rows, more]) = bytes.get(head + 4..head + 8) else {
            return false;
        };
        let width = usize::from(wide) + 256 * usize::from(wider);
        let height = usize::from(rows) + 256 * usize::from(more);
        let end = head + 8 + width * height;
        let dots = bytes.get(head + 8..end).unwrap_or(&[]);
        let black: u32 = dots.iter().map(|byte| byte.count_ones()).sum();
        if height == 8 && black == 8 * 16 {
            return true;
        }
        from = head + 8;
    }
    false
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_after_the_owner_set_a_logo_is_printed_with_it() -> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    let counter = restaurant.counter().await?;
    restaurant.order(&["pizza"]).await?;
    let before = restaurant.paper_of("Counter", 1).await?;
    assert!(!has_logo(&before[0].bytes), "there is none yet");

    restaurant
        .set(&SettingKey::Business, |business| {
            with_logo(business, Some(LOGO))
        })
        .await?;
    counter
        .until("the logo is known", |now| {
            now.counter
                .business
                .as_ref()
                .is_some_and(|business| business.logo.is_some())
        })
        .await?;
    restaurant.order(&["pizza"]).await?;
    let after = restaurant.paper_of("Counter", 2).await?;
    assert!(has_logo(&after[1].bytes), "{}", after[1].text);
    assert!(after[1].notes.is_empty(), "{:?}", after[1].notes);

    let refused = restaurant
        .set(&SettingKey::Business, |business| {
            with_logo(business, Some("R0lGODlh"))
        })
        .await;
    let refused = refused.expect_err("no GIF").to_string();
    assert!(refused.contains("PNG"), "{refused}");
    restaurant.close([counter]).await;
    Ok(())
}
