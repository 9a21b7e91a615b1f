//! A printer as a person fills it in, and as the settings keep it. Pure.

use std::ops::RangeInclusive;

use ::printers::discovery::Interfaces;
use api::{
    Code, CounterId, Printer, PrinterId, Problem, RuleId, TicketKind,
    printer::{Address, Learned, PrintPolicy, ProfileOverrides},
    settings::Rule,
};
use templates::Profile;
use uuid::Uuid;

use crate::{printers::here::is_binding, view::PrinterForm};

/// Characters in a row, as the server takes them.
const COLUMNS: RangeInclusive<u32> = 16..=96;

/// A form in which everything can be.
pub(super) struct Checked {
    name: String,
    /// `None` leaves it to the PC that the printer is plugged into.
    pub(super) address: Option<Address>,
    /// The same, where it is kept at this PC alone.
    pub(super) binding: Option<Address>,
    profile_id: String,
    columns: Option<u32>,
    cutter: Option<bool>,
    native_qr: Option<bool>,
    enabled: bool,
    backups: Vec<PrinterId>,
    policy: PrintPolicy,
}

/// Reads a form about a printer that was `before`, for this counter. A profile that is not known here (written by a newer
/// version) stays with the printer that has it. A printer that is plugged into another PC has its address there: here it
/// can be given none of this PC's, and needs none.
pub(super) fn checked(
    form: PrinterForm,
    before: Option<&Printer>,
    counter: CounterId,
    search: Interfaces,
) -> Result<Checked, Problem> {
    let name = form.name.trim().to_owned();
    if !(1..=40).contains(&name.chars().count()) {
        return Err(Problem::new(
            Code::Invalid,
            "Give the printer a name of 1 to 40 characters.",
        )
        .at("name"));
    }
    let elsewhere = before.is_some_and(|before| before.owner != Some(counter));
    let address = match before {
        Some(Printer { address: None, .. }) if elsewhere && form.address.trim().is_empty() => None,
        Some(_) | None => Some(read_address(&form.address)?),
    };
    let binding = address.clone().filter(|at| is_binding(at, search));
    if elsewhere && binding.is_some() {
        let said = format!(
            "{name} prints from another PC. What is plugged in there can only be set there."
        );
        return Err(Problem::new(Code::Conflict, said).at("address"));
    }
    let kept = before.is_some_and(|before| before.profile_id == form.profile_id);
    if !kept && !Profile::names().any(|known| known == form.profile_id) {
        let said = format!(
            "There is no printer model {:?}. Choose one of the list, or generic-80 or generic-58 by the paper.",
            form.profile_id
        );
        return Err(Problem::new(Code::Invalid, said).at("profile_id"));
    }
    if form
        .columns
        .is_some_and(|columns| !COLUMNS.contains(&columns))
    {
        let said = format!(
            "A row has {} to {} characters.",
            COLUMNS.start(),
            COLUMNS.end()
        );
        return Err(Problem::new(Code::Invalid, said).at("columns"));
    }
    Ok(Checked {
        name,
        address,
        binding,
        profile_id: form.profile_id,
        columns: form.columns,
        cutter: form.cutter,
        native_qr: form.native_qr,
        enabled: form.enabled,
        // Nobody stands in for himself.
        backups: form
            .backups
            .into_iter()
            .filter(|backup| Some(*backup) != form.id)
            .collect(),
        policy: PrintPolicy {
            when_unreachable: form.when_unreachable,
            reprint_uncertain: form.reprint_uncertain,
            failover_after_s: form.failover_after_s,
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
/// An address that means something at this PC alone is not among the settings, which all share; `same_device` says
/// whether it changed.
pub(super) fn with_form(
    before: Option<&Printer>,
    same_device: bool,
    id: PrinterId,
    counter: CounterId,
    form: &Checked,
) -> Printer {
    let new = Printer {
        id,
        name: form.name.clone(),
        enabled: form.enabled,
        owner: Some(counter),
        address: form.address.clone().filter(|_| form.binding.is_none()),
        profile_id: form.profile_id.clone(),
        overrides: ProfileOverrides {
            columns: form.columns,
            cutter: form.cutter,
            native_qr: form.native_qr,
            ..ProfileOverrides::default()
        },
        learned: Learned::default(),
        backups: form.backups.clone(),
        policy: form.policy.clone(),
    };
    let Some(before) = before else { return new };
    let same_model = before.profile_id == new.profile_id;
    Printer {
        owner: before.owner,
        overrides: if same_model {
            ProfileOverrides {
                dots: before.overrides.dots,
                ..new.overrides
            }
        } else {
            new.overrides
        },
        // What another device at another address can say, nobody knows.
        learned: if same_device {
            before.learned.clone()
        } else {
            new.learned
        },
        policy: PrintPolicy {
            when_unreachable: form.policy.when_unreachable,
            reprint_uncertain: form.policy.reprint_uncertain,
            failover_after_s: form.policy.failover_after_s,
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
            profile_id: "generic-58".into(),
            columns: None,
            cutter: None,
            native_qr: None,
            enabled: true,
            when_unreachable: WhenUnreachable::Fail,
            reprint_uncertain: ReprintUncertain::Ask,
            backups: Vec::new(),
            failover_after_s: Some(120),
        }
    }

    fn filled(
        before: Option<&Printer>,
        id: PrinterId,
        counter: CounterId,
        form: PrinterForm,
    ) -> Printer {
        let form = checked(form, before, counter, Interfaces::All)
            .ok()
            .unwrap();
        let same_device = before.is_some_and(|before| before.address == form.address);
        with_form(before, same_device, id, counter, &form)
    }

    #[test]
    fn a_printer_keeps_what_the_form_does_not_ask() {
        let (id, me, other) = (
            PrinterId(Uuid::now_v7()),
            CounterId(Uuid::now_v7()),
            CounterId(Uuid::now_v7()),
        );
        let mut before = filled(None, id, other, form());
        before.learned.confirm = Some(true);
        before.overrides.dots = Some(380);
        before.policy.attempts = 9;
        let saved = |form| filled(Some(&before), id, me, form);
        assert_eq!(saved(form()), before);
        let moved = saved(PrinterForm {
            address: "192.168.1.41".into(),
            ..form()
        });
        assert_eq!(moved.learned, Learned::default());
        assert_eq!(moved.owner, Some(other));
        let other_model = saved(PrinterForm {
            profile_id: "TM-T88V".into(),
            ..form()
        });
        assert_eq!(other_model.profile_id, "TM-T88V");
        assert_eq!(other_model.overrides, ProfileOverrides::default());
    }

    #[test]
    fn what_the_owner_knows_better_is_kept_and_can_be_taken_back() {
        let (id, me) = (PrinterId(Uuid::now_v7()), CounterId(Uuid::now_v7()));
        let better = PrinterForm {
            columns: Some(30),
            cutter: Some(false),
            ..form()
        };
        let known = filled(None, id, me, better.clone());
        assert_eq!(known.overrides.columns, Some(30));
        assert_eq!(known.overrides.cutter, Some(false));
        assert_eq!(filled(Some(&known), id, me, better), known);
        let taken_back = filled(Some(&known), id, me, form());
        assert_eq!(taken_back.overrides, ProfileOverrides::default());
    }

    #[test]
    fn a_profile_of_a_newer_version_stays_where_it_is_and_is_not_chosen() {
        let (id, me) = (PrinterId(Uuid::now_v7()), CounterId(Uuid::now_v7()));
        let mut before = filled(None, id, me, form());
        before.profile_id = "TM-T99".into();
        let newer = PrinterForm {
            profile_id: "TM-T99".into(),
            ..form()
        };
        assert_eq!(filled(Some(&before), id, me, newer.clone()), before);
        let refused = checked(newer, None, me, Interfaces::All).err().unwrap();
        assert_eq!(refused.field.as_deref(), Some("profile_id"));
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
                    profile_id: "laser".into(),
                    ..form()
                },
                "profile_id",
            ),
            (
                PrinterForm {
                    columns: Some(8),
                    ..form()
                },
                "columns",
            ),
        ] {
            let problem = checked(wrong, None, CounterId(Uuid::now_v7()), Interfaces::All)
                .err()
                .unwrap();
            assert_eq!(
                (problem.code, problem.field.as_deref()),
                (Code::Invalid, Some(field))
            );
        }
    }
}
