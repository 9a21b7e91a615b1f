//! Makes the demo's restaurant once, and finds it again at every later start. What it keeps of it, the passwords too,
//! lies in a table that no other server has.

use std::collections::BTreeMap;

use api::{
    BusinessId, Printer, PrinterId, TicketKind,
    printer::{Address, Learned, PrintPolicy, ProfileOverrides},
    session::Role,
    settings::{Rule, SettingKey},
};
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, EntityTrait, FromQueryResult, PaginatorTrait, Statement,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Account, Demo, dishes};
use crate::{
    db::{Db, business},
    founding::{self, FoundError, Person},
    settings,
};

/// What is kept of a demo.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Kept {
    pub business: BusinessId,
    pub staff: Account,
    pub owner: Account,
    /// By the name that they were given at the start; their names on the Printers screen may have changed.
    pub printers: BTreeMap<String, PrinterId>,
}

/// Why there is no demo.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// It is in use for something else.
    #[error(
        "this database holds restaurants that are no demo: start without --demo, or with another database"
    )]
    InUse,
    /// What was kept cannot be read.
    #[error("what was kept of the demo cannot be read ({0}); start with another database")]
    Unreadable(#[from] serde_json::Error),
    /// Anything else.
    #[error("the demo's restaurant cannot be made: {0}")]
    Found(#[from] FoundError),
}

impl From<sea_orm::DbErr> for SeedError {
    fn from(error: sea_orm::DbErr) -> Self {
        SeedError::Found(error.into())
    }
}

#[derive(FromQueryResult)]
struct Row {
    record: String,
}

/// The demo's restaurant, made if there is none, with the printers of this start.
pub(super) async fn seed(db: &Db, demo: &Demo) -> Result<Kept, SeedError> {
    let (staff, owner) = (account("staff@rosa.example"), account("owner@rosa.example"));
    // Hashed before it is known whether they are needed: a transaction is no place to wait in.
    let people = founding::hashed(&[
        person(&staff, "Luca at the counter", Role::Staff),
        person(&owner, "Rosa", Role::Owner),
    ])
    .await?;
    let tx = db.write().await?;
    tx.execute_unprepared("CREATE TABLE IF NOT EXISTS demo (record TEXT NOT NULL)")
        .await?;
    let statement = |sql: &str, values: Vec<sea_orm::Value>| {
        Statement::from_sql_and_values(tx.get_database_backend(), sql, values)
    };
    let row = Row::find_by_statement(statement("SELECT record FROM demo", vec![]))
        .one(&tx)
        .await?;
    let mut kept = match row {
        Some(row) => serde_json::from_str(&row.record)?,
        None if business::Entity::find().count(&tx).await? > 0 => return Err(SeedError::InUse),
        None => {
            tx.execute_unprepared("INSERT INTO demo (record) VALUES ('')")
                .await?;
            let business =
                founding::found_within(&tx, &dishes::business(), &dishes::menu(), people).await?;
            Kept {
                business,
                staff,
                owner,
                printers: BTreeMap::new(),
            }
        }
    };
    let first = kept.printers.is_empty();
    for (name, address) in &demo.printers {
        keep_printer(&tx, &mut kept, name, address.clone()).await?;
    }
    if first && let Some(rules) = rules(&kept, demo) {
        let rules = serde_json::to_value(rules)?;
        founding::decide(&tx, kept.business, &SettingKey::Rules, rules, 0).await?;
    }
    tx.execute_raw(statement(
        "UPDATE demo SET record = $1",
        vec![serde_json::to_string(&kept)?.into()],
    ))
    .await?;
    tx.commit().await?;
    Ok(kept)
}

/// Makes a printer, or tells the one of this name where it stands today. One that somebody deleted stays deleted.
async fn keep_printer(
    tx: &DatabaseTransaction,
    kept: &mut Kept,
    name: &str,
    address: Option<Address>,
) -> Result<(), SeedError> {
    let id = *kept
        .printers
        .entry(name.to_owned())
        .or_insert_with(|| PrinterId(Uuid::now_v7()));
    let key = SettingKey::Printer(id);
    let now = settings::get(tx, kept.business, &key)
        .await
        .map_err(|refusal| FoundError::Business(refusal.problem.to_string()))?;
    let (printer, version) = match now {
        None => (printer(id, name, address), 0),
        Some(setting) => {
            let Some(value) = setting.value else {
                return Ok(());
            };
            let printer: Printer = serde_json::from_value(value)?;
            if printer.address == address {
                return Ok(());
            }
            (Printer { address, ..printer }, setting.version)
        }
    };
    let value = serde_json::to_value(printer)?;
    founding::decide(tx, kept.business, &key, value, version).await?;
    Ok(())
}

/// A printer that confirms what it prints, as the virtual one does.
fn printer(id: PrinterId, name: &str, address: Option<Address>) -> Printer {
    Printer {
        id,
        name: name.to_owned(),
        enabled: true,
        owner: None,
        address,
        profile_id: "generic-80".to_owned(),
        overrides: ProfileOverrides::default(),
        learned: Learned {
            status: Some(true),
            confirm: Some(true),
            native_qr: Some(true),
            ..Learned::default()
        },
        backups: Vec::new(),
        policy: PrintPolicy::default(),
    }
}

/// Receipts and drinks at the first printer, what the kitchen makes at the second, where there is one.
fn rules(kept: &Kept, demo: &Demo) -> Option<Vec<Rule>> {
    let mut printers = demo
        .printers
        .iter()
        .filter_map(|(name, _)| kept.printers.get(name).copied());
    let counter = printers.next()?;
    let kitchen = printers.next().unwrap_or(counter);
    let rule = |ticket, stations: &[&str], printer| Rule {
        id: Uuid::now_v7().into(),
        ticket,
        stations: stations.iter().map(|&key| key.to_owned()).collect(),
        channels: Vec::new(),
        kinds: Vec::new(),
        printer: Some(printer),
        copies: 1,
    };
    Some(vec![
        rule(TicketKind::Receipt, &[], counter),
        rule(TicketKind::Kitchen, &[dishes::PIZZA, dishes::COLD], kitchen),
        rule(TicketKind::Kitchen, &[dishes::BAR], counter),
    ])
}

fn account(email: &str) -> Account {
    // 60 bits, without letters that look alike.
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let letters: Vec<char> = rand::random::<[u8; 12]>()
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(byte % 32)]))
        .collect();
    let groups: Vec<String> = letters
        .chunks(4)
        .map(|group| group.iter().collect())
        .collect();
    Account {
        email: email.to_owned(),
        password: groups.join("-"),
    }
}

fn person(account: &Account, name: &str, role: Role) -> Person {
    Person {
        email: account.email.clone(),
        password: account.password.clone(),
        name: name.to_owned(),
        role,
    }
}
