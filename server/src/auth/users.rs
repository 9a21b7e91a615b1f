//! The users who can sign in.

use api::{BusinessId, session::Role};
use sea_orm::{ActiveValue::Set, DatabaseTransaction, DbErr, EntityTrait};
use uuid::Uuid;

use super::password;
use crate::{
    db::user,
    refusal::{Refusal, unreadable},
};

/// A user to add; the password is hashed already.
#[derive(Debug)]
pub(crate) struct NewUser {
    pub email: String,
    pub name: String,
    pub role: Role,
    pub password_hash: String,
}

/// Hashes a password; takes tens of milliseconds.
pub(crate) async fn hash(password: String) -> Result<String, String> {
    tokio::task::spawn_blocking(move || password::hash(&password))
        .await
        .map_err(|error| error.to_string())?
        .map_err(|error| error.to_string())
}

/// Adds a user. An e-mail that is taken is a database error.
pub(crate) async fn add(
    tx: &DatabaseTransaction,
    business: BusinessId,
    new: NewUser,
) -> Result<(), DbErr> {
    user::Entity::insert(user::ActiveModel {
        id: Set(Uuid::now_v7()),
        business_id: Set(business.0),
        email: Set(normalized(&new.email)),
        name: Set(new.name),
        role: Set(match new.role {
            Role::Staff => STAFF.to_owned(),
            Role::Owner => OWNER.to_owned(),
        }),
        password_hash: Set(new.password_hash),
    })
    .exec_without_returning(tx)
    .await
    .map(drop)
}

const STAFF: &str = "staff";
const OWNER: &str = "owner";

pub(super) fn role(text: &str) -> Result<Role, Refusal> {
    match text {
        STAFF => Ok(Role::Staff),
        OWNER => Ok(Role::Owner),
        other => Err(unreadable("role", &other)),
    }
}

/// E-mails are compared without regard to case.
pub(super) fn normalized(email: &str) -> String {
    email.trim().to_lowercase()
}
