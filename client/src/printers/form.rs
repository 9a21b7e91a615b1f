//! A printer as a person fills it in, and as the settings keep it. Pure.

use api::{
    Code, CounterId, Printer, PrinterId, Problem, RuleId, TicketKind,
    printer::{Address, Learned, PrintPolicy, ProfileOverrides},
    settings::Rule,
};
use uuid::Uuid;

use crate::view::PrinterForm;

/// A form in which everything can be.
pub(super) struct Checked {
    pub(super) id: Option<PrinterId>,
    name: String,
    address: Address,
    profile_id: &'static str,
    enabled: bool,
    policy: PrintPolicy,
}

/// Reads a form.
pub(super) fn checked(form: PrinterForm) -> Result<Checked, Problem> {
    let name = form.name.trim().to_owned();
    if !(1..=40).contains(&name.chars().count()) {
        return Err(Problem::new(
            Code::Invalid,
            "Give the printer a name of 1 to 40 characters.",
        )
        .at("name"));
    }
    let address = read_address(&form.address)?;
    let profile_id = match form.paper_mm {
        58 => "generic-58",
        80 => "generic-80",
        other => {
            return Err(Problem::new(
                Code::Invalid,
                format!("Paper of {other} mm is not known. Choose 58 or 80."),
            )
            .at("paper_mm"));
        }
    };
    Ok(Checked {
        id: form.id,
        name,
        address,
        profile_id,
        enabled: form.enabled,
        policy: PrintPolicy {
            when_unreachable: form.when_unreachable,
            reprint_uncertain: form.reprint_uncertain,
            ..PrintPolicy::default()
        },
    })
}

/// Reads an address as people type it.
pub(super) fn read_address(text: &str) -> Result<Address, Problem> {
    text.parse()
        .map_err(|error| Problem::new(Code::Invalid, format!("{error}")).at("address"))
}

/// A printer as it was, with what the form says; a new one prints from `counter`, and no other one is taken by a form.
pub(super) fn with_form(
    before: Option<&Printer>,
    id: PrinterId,
    counter: CounterId,
    form: &Checked,
) -> Printer {
    let new = Printer {
        id,
        name: form.name.clone(),
        enabled: form.enabled,
        owner: Some(counter),
        address: Some(form.address.clone()),
        profile_id: form.profile_id.to_owned(),
        overrides: ProfileOverrides::default(),
        learned: Learned::default(),
        backups: Vec::new(),
        policy: form.policy.clone(),
    };
    let Some(before) = before else { return new };
    let same_paper = before.profile_id == new.profile_id;
    let same_device = before.address == new.address;
    Printer {
        owner: before.owner,
        overrides: if same_paper {
            before.overrides.clone()
        } else {
            new.overrides
        },
        // What another device at another address can say, nobody knows.
        learned: if same_device {
            before.learned.clone()
        } else {
            new.learned
        },
        backups: before.backups.clone(),
        policy: PrintPolicy {
            when_unreachable: form.policy.when_unreachable,
            reprint_uncertain: form.policy.reprint_uncertain,
            ..before.policy.clone()
        },
        ..new
    }
}

/// What goes where as long as nobody has said it: the receipt and everything that is made come out at the one printer
/// that there is.
pub(super) fn first_rules(printer: PrinterId) -> Vec<Rule> {
    [TicketKind::Receipt, TicketKind::Kitchen]
        .into_iter()
        .map(|ticket| Rule {
            id: RuleId(Uuid::now_v7()),
            ticket,
            stations: Vec::new(),
            channels: Vec::new(),
            kinds: Vec::new(),
            printer: Some(printer),
            copies: 1,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use api::printer::{ReprintUncertain, WhenUnreachable};

    use super::*;

    fn form() -> PrinterForm {
        PrinterForm {
            id: None,
            name: " Kitchen ".into(),
            address: "192.168.1.40".into(),
            paper_mm: 58,
            enabled: true,
            when_unreachable: WhenUnreachable::Fail,
            reprint_uncertain: ReprintUncertain::Ask,
        }
    }

    #[test]
    fn a_printer_keeps_what_the_form_does_not_ask() {
        let (id, me, other) = (
            PrinterId(Uuid::now_v7()),
            CounterId(Uuid::now_v7()),
            CounterId(Uuid::now_v7()),
        );
        let mut before = with_form(None, id, other, &checked(form()).ok().unwrap());
        before.learned.confirm = Some(true);
        before.overrides.columns = Some(30);
        before.policy.attempts = 9;
        let same = with_form(Some(&before), id, me, &checked(form()).ok().unwrap());
        assert_eq!(same, before);
        let moved = PrinterForm {
            address: "192.168.1.41".into(),
            ..form()
        };
        let moved = with_form(Some(&before), id, me, &checked(moved).ok().unwrap());
        assert_eq!(moved.learned, Learned::default());
        assert_eq!(moved.owner, Some(other));
    }

    #[test]
    fn what_cannot_be_names_its_field() {
        for (wrong, field) in [
            (
                PrinterForm {
                    name: " ".into(),
                    ..form()
                },
                "name",
            ),
            (
                PrinterForm {
                    name: "x".repeat(41),
                    ..form()
                },
                "name",
            ),
            (
                PrinterForm {
                    address: "http://x".into(),
                    ..form()
                },
                "address",
            ),
            (
                PrinterForm {
                    paper_mm: 72,
                    ..form()
                },
                "paper_mm",
            ),
        ] {
            let problem = checked(wrong).err().unwrap();
            assert_eq!(
                (problem.code, problem.field.as_deref()),
                (Code::Invalid, Some(field))
            );
        }
    }
}
