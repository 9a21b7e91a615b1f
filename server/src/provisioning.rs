//! Creates businesses and their users.

use std::fmt;

use api::{Business, BusinessId, menu::Menu, session::Role, settings::SettingKey};
use sea_orm::{ActiveValue::Set, DatabaseTransaction, DbErr, EntityTrait};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    auth::{self, MAX_EMAIL, MAX_PASSWORD, NewUser},
    db::{Db, business},
    settings,
};

/// A user to create.
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

/// Why a business or a user could not be created.
#[derive(Debug, thiserror::Error)]
pub enum ProvisionError {
    /// The database; for a person, the e-mail may be taken.
    #[error("it could not be stored: {0}")]
    Database(#[from] DbErr),
    /// What the restaurant says of itself cannot be.
    #[error("the restaurant cannot be as described: {0}")]
    Business(String),
    /// Longer than what a login takes.
    #[error("{0}: an e-mail has at most {MAX_EMAIL} bytes, and a password at most {MAX_PASSWORD}")]
    TooLong(String),
    /// The operating system gave no random bytes.
    #[error("the password could not be hashed: {0}")]
    Hash(String),
}

impl From<serde_json::Error> for ProvisionError {
    fn from(error: serde_json::Error) -> Self {
        ProvisionError::Business(error.to_string())
    }
}

/// Creates a business with its menu and users.
///
/// # Errors
/// When what it says of itself cannot be, an e-mail is taken, or the database fails. Then nothing is stored.
pub async fn create_business(
    db: &Db,
    about: &Business,
    menu: &Menu,
    people: &[Person],
) -> Result<BusinessId, ProvisionError> {
    let people = hash_passwords(people).await?;
    let tx = db.write().await?;
    let id = create_business_in(&tx, about, menu, people).await?;
    tx.commit().await?;
    Ok(id)
}

/// Hashes the passwords, which takes too long to do inside a transaction.
pub(crate) async fn hash_passwords(people: &[Person]) -> Result<Vec<NewUser>, ProvisionError> {
    let mut users = Vec::with_capacity(people.len());
    for person in people {
        if person.email.len() > MAX_EMAIL || person.password.len() > MAX_PASSWORD {
            return Err(ProvisionError::TooLong(person.name.clone()));
        }
        users.push(NewUser {
            email: person.email.clone(),
            name: person.name.clone(),
            role: person.role,
            password_hash: auth::hash(person.password.clone())
                .await
                .map_err(ProvisionError::Hash)?,
        });
    }
    Ok(users)
}

/// The same as [`create_business`], in a transaction of the caller.
pub(crate) async fn create_business_in(
    tx: &DatabaseTransaction,
    about: &Business,
    menu: &Menu,
    people: Vec<NewUser>,
) -> Result<BusinessId, ProvisionError> {
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
    write_setting(tx, id, &SettingKey::Business, about, 0).await?;
    for person in people {
        auth::add(tx, id, person).await?;
    }
    Ok(id)
}

/// Writes a setting on behalf of the server itself.
pub(crate) async fn write_setting(
    tx: &DatabaseTransaction,
    business: BusinessId,
    key: &SettingKey,
    value: Value,
    from: i64,
) -> Result<(), ProvisionError> {
    settings::change(tx, business, key, Some(value), from)
        .await
        .map(drop)
        .map_err(|refusal| ProvisionError::Business(refusal.problem.to_string()))
}
