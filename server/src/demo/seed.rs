//! Creates the demo restaurant once and loads it at every later start. Its record, with the passwords, is kept in a table
//! that only demo databases have.

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
    provisioning::{self, Person, ProvisionError},
    settings,
};

/// The stored record of a demo.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct DemoRecord {
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
    /// The stored record cannot be read.
    #[error("the stored record of the demo cannot be read ({0}); start with another database")]
    Unreadable(#[from] serde_json::Error),
    /// Anything else.
    #[error("the demo's restaurant cannot be made: {0}")]
    Found(#[from] ProvisionError),
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
pub(super) async fn seed(db: &Db, demo: &Demo) -> Result<DemoRecord, SeedError> {
    let (staff, owner) = (account("staff@rosa.example"), account("owner@rosa.example"));
    // Hashed before it is known whether they are needed: a transaction is no place to wait in.
    let people = provisioning::hash_passwords(&[
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
    let mut record = match row {
        Some(row) => serde_json::from_str(&row.record)?,
        None if business::Entity::find().count(&tx).await? > 0 => return Err(SeedError::InUse),
        None => {
            tx.execute_unprepared("INSERT INTO demo (record) VALUES ('')")
                .await?;
            let business =
                provisioning::create_business_in(&tx, &dishes::business(), &dishes::menu(), people)
                    .await?;
            DemoRecord {
                business,
                staff,
                owner,
                printers: BTreeMap::new(),
            }
        }
    };
    let first = record.printers.is_empty();
    for (name, address) in &demo.printers {
        upsert_printer(&tx, &mut record, name, address.clone()).await?;
    }
    if first && let Some(rules) = rules(&record, demo) {
        let rules = serde_json::to_value(rules)?;
        provisioning::write_setting(&tx, record.business, &SettingKey::Rules, rules, 0).await?;
    }
    tx.execute_raw(statement(
        "UPDATE demo SET record = $1",
        vec![serde_json::to_string(&record)?.into()],
    ))
    .await?;
    tx.commit().await?;
    Ok(record)
}

/// Makes a printer, or tells the one of this name where it stands today. One that somebody deleted stays deleted.
async fn upsert_printer(
    tx: &DatabaseTransaction,
    record: &mut DemoRecord,
    name: &str,
    address: Option<Address>,
) -> Result<(), SeedError> {
    let id = *record
        .printers
        .entry(name.to_owned())
        .or_insert_with(|| PrinterId(Uuid::now_v7()));
    let key = SettingKey::Printer(id);
    let now = settings::get(tx, record.business, &key)
        .await
        .map_err(|refusal| ProvisionError::Business(refusal.problem.to_string()))?;
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
    provisioning::write_setting(tx, record.business, &key, value, version).await?;
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
fn rules(record: &DemoRecord, demo: &Demo) -> Option<Vec<Rule>> {
    let mut printers = demo
        .printers
        .iter()
        .filter_map(|(name, _)| record.printers.get(name).copied());
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
