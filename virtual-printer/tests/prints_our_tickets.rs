//! What our own encoder sends is what comes out.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod sender;

use sender::{Sender, confirm};
use virtual_printer::{Options, VirtualPrinter};

const TICKET: &str = "\
^^^Kitchen\n\
Order 42 | 19:40\n\
---\n\
|2 x|\"Margherita\"| 19.00|\n\
|1 x|Crème brûlée — `no nuts`| 7.50|\n\
|日本語のメモ|\n\
|عربي|\n\
---\n\
{code:https://example.org/42;option:qrcode,5,m}\n\
=\n";

#[tokio::test]
async fn every_command_of_our_encoder_is_understood_and_its_text_is_on_the_paper() {
    let printer = VirtualPrinter::start(Options::default().with_printer("Kitchen"))
        .await
        .unwrap();
    let document = templates::parse(TICKET).document;
    let supplies = templates::Supplies::default();
    let mut sender = Sender::connect(printer.address("Kitchen").unwrap()).await;
    for (name, number) in ["generic-80", "generic-58"].iter().zip(1_u32..) {
        let profile = templates::Profile::named(name).unwrap();
        let bytes =
            templates::to_escpos(&document, &profile, &templates::Pass::default(), &supplies)
                .unwrap();
        let id = format!("{number:04}");
        sender.send(&[bytes, confirm(&id)].concat()).await;
        assert_eq!(sender.receive(7).await, sender::confirmed(&id));
        let receipts = printer.receipts("Kitchen").unwrap();
        let receipt = receipts.last().unwrap();
        assert!(
            receipt.finished && receipt.notes.is_empty(),
            "{name}: {:?}",
            receipt.notes
        );
        for said in ["Kitchen", "Order 42", "Margherita", "19.00", "Crème"] {
            assert!(
                receipt.text.contains(said),
                "{name}: {said} in {}",
                receipt.text
            );
        }
        assert!(
            receipt.text.contains("[picture"),
            "{name}: what its pages cannot say is drawn"
        );
    }
    printer.shutdown().await;
}
