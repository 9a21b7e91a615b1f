//! How a restaurant comes to be, and the people who sign in for it.

use std::fmt;

use api::{Business, BusinessId, menu::Menu, session::Role, settings::SettingKey};
use sea_orm::{ActiveValue::Set, DatabaseTransaction, DbErr, EntityTrait};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    auth::{self, NewUser},
    db::{Db, business},
    settings,
};

/// Somebody who is to sign in.
#[derive(Clone)]
pub struct Person {
    /// To sign in with; compared without regard to case.
    pub email: String,
    /// To sign in with.
    pub password: String,
    /// The name to greet.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

impl fmt::Debug for Person {
    /// A password is never written to a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person")
            .field("email", &self.email)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// Why a restaurant or a person could not be added.
#[derive(Debug, thiserror::Error)]
pub enum FoundError {
    /// The database; for a person, the e-mail may be taken.
    #[error("it could not be stored: {0}")]
    Database(#[from] DbErr),
    /// What the restaurant says of itself cannot be.
    #[error("the restaurant cannot be as described: {0}")]
    Business(String),
    /// The operating system gave no random bytes.
    #[error("the password could not be hashed: {0}")]
    Hash(String),
}

impl From<serde_json::Error> for FoundError {
    fn from(error: serde_json::Error) -> Self {
        FoundError::Business(error.to_string())
    }
}

/// Founds a restaurant with its menu and its people.
///
/// # Errors
/// When what it says of itself cannot be, an e-mail is taken, or the database fails. Then nothing is stored.
pub async fn found(
    db: &Db,
    about: &Business,
    menu: &Menu,
    people: &[Person],
) -> Result<BusinessId, FoundError> {
    let people = hashed(people).await?;
    let tx = db.write().await?;
    let id = found_within(&tx, about, menu, people).await?;
    tx.commit().await?;
    Ok(id)
}

/// Hashes the passwords, which takes too long for the middle of a transaction.
pub(crate) async fn hashed(people: &[Person]) -> Result<Vec<NewUser>, FoundError> {
    let mut users = Vec::with_capacity(people.len());
    for person in people {
        users.push(NewUser {
            email: person.email.clone(),
            name: person.name.clone(),
            role: person.role,
            password_hash: auth::hash(person.password.clone())
                .await
                .map_err(FoundError::Hash)?,
        });
    }
    Ok(users)
}

/// The same as [`found`], in a transaction of the caller.
pub(crate) async fn found_within(
    tx: &DatabaseTransaction,
    about: &Business,
    menu: &Menu,
    people: Vec<NewUser>,
) -> Result<BusinessId, FoundError> {
    let id = BusinessId(Uuid::now_v7());
    business::Entity::insert(business::ActiveModel {
        id: Set(id.0),
        menu: Set(serde_json::to_string(menu)?),
        last_seq: Set(0),
        last_number: Set(0),
    })
    .exec_without_returning(tx)
    .await?;
    let about = serde_json::to_value(about)?;
    decide(tx, id, &SettingKey::Business, about, 0).await?;
    for person in people {
        auth::add(tx, id, person).await?;
    }
    Ok(id)
}

/// Writes a setting that nobody signed in for.
pub(crate) async fn decide(
    tx: &DatabaseTransaction,
    business: BusinessId,
    key: &SettingKey,
    value: Value,
    from: i64,
) -> Result<(), FoundError> {
    settings::change(tx, business, key, Some(value), from)
        .await
        .map(drop)
        .map_err(|refusal| FoundError::Business(refusal.problem.to_string()))
}
