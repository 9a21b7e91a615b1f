//! Sessions (table `logins`) and the rotation of their refresh tokens.
//!
//! Each refresh token has a generation. Using the newest one creates the next. The previous one stays valid until its
//! successor was first used and returns that same successor, because the first answer may have been lost. Anything older
//! is a stolen copy: the session ends for both holders. A thief who rotates in step with the owner is not detected; one
//! who falls two generations behind is.

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr,
    EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Statement,
};
use uuid::Uuid;

use super::{
    signed::Signed,
    token::{Keys, fingerprint, first_refresh},
};
use crate::db::{Db, login, refresh, user};

/// How long an ended session is remembered, in milliseconds: longer than any token of it lives.
const ENDED_KEPT_MS: i64 = 24 * 60 * 60 * 1000;

/// The lifetime of a refresh token in milliseconds: 60 days.
const LIFETIME_MS: i64 = 60 * 24 * 60 * 60 * 1000;

/// The generation of a refresh token relative to the newest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TokenAge {
    /// Its successor is created.
    Newest,
    /// One before the newest: its unused successor is returned again.
    Previous,
    /// Older: a successor of it was used.
    Replaced,
}

fn age(shown: i64, newest: i64) -> TokenAge {
    if shown == newest {
        TokenAge::Newest
    } else if shown == newest - 1 {
        TokenAge::Previous
    } else {
        TokenAge::Replaced
    }
}

/// A session that has just ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ended {
    pub session: Uuid,
    pub user: Uuid,
}

/// What came of a rotation.
#[derive(Debug)]
pub(crate) enum Rotation {
    Rotated {
        session: Uuid,
        user: user::Model,
        successor: String,
    },
    /// The token is unknown or its session has ended before.
    Refused,
    /// The token had been replaced: its session has ended now.
    Reused(Ended),
}

/// In a query: whether the session `$1` has neither ended nor expired at `$2`.
pub(crate) const ALIVE: &str =
    "EXISTS (SELECT 1 FROM logins WHERE id = $1 AND NOT ended AND expires_at > $2)";

/// Whether the session of a request has neither ended nor expired.
pub(crate) async fn is_alive(db: &Db, signed: &Signed) -> Result<bool, DbErr> {
    let on = db.read();
    let statement = Statement::from_sql_and_values(
        on.get_database_backend(),
        format!("SELECT {ALIVE} AS alive"),
        signed.session(),
    );
    match on.query_one_raw(statement).await? {
        Some(row) => row.try_get("", "alive"),
        None => Ok(false),
    }
}

/// The sessions that have ended lately.
pub(crate) async fn ended(db: &Db) -> Result<Vec<Uuid>, DbErr> {
    login::Entity::find()
        .select_only()
        .column(login::Column::Id)
        .filter(login::Column::Ended.eq(true))
        .into_tuple()
        .all(db.read())
        .await
}

/// Starts a session: its id and its first refresh token.
pub(crate) async fn start(db: &Db, user: Uuid, now: i64) -> Result<(Uuid, String), DbErr> {
    let token = first_refresh();
    let id = Uuid::now_v7();
    let tx = db.write().await?;
    login::Entity::delete_many()
        .filter(login::Column::ExpiresAt.lt(now))
        .exec(&tx)
        .await?;
    login::Entity::insert(login::ActiveModel {
        id: Set(id),
        user_id: Set(user),
        generation: Set(0),
        ended: Set(false),
        expires_at: Set(now + LIFETIME_MS),
    })
    .exec_without_returning(&tx)
    .await?;
    store_token(&tx, id, &token, 0, now).await?;
    tx.commit().await?;
    Ok((id, token))
}

/// Rotates a refresh token.
pub(crate) async fn rotate(db: &Db, keys: &Keys, token: &str, now: i64) -> Result<Rotation, DbErr> {
    if !is_known(db, token).await? {
        return Ok(Rotation::Refused);
    }
    let tx = db.write().await?;
    let Some(shown) = refresh::Entity::find_by_id(fingerprint(token))
        .one(&tx)
        .await?
    else {
        return Ok(Rotation::Refused);
    };
    // Of two concurrent requests with one token the second waits for this lock and sees the first's result.
    let Some(login) = login::Entity::find_by_id(shown.login_id)
        .lock_exclusive()
        .one(&tx)
        .await?
    else {
        return Ok(Rotation::Refused);
    };
    if login.ended || shown.expires_at <= now {
        return Ok(Rotation::Refused);
    }
    let successor = keys.successor(token);
    match age(shown.generation, login.generation) {
        TokenAge::Newest => {
            let (id, next) = (login.id, login.generation + 1);
            let mut login = login.clone().into_active_model();
            login.generation = Set(next);
            login.expires_at = Set(now + LIFETIME_MS);
            login.update(&tx).await?;
            refresh::Entity::delete_many()
                .filter(refresh::Column::LoginId.eq(id))
                .filter(refresh::Column::ExpiresAt.lte(now))
                .exec(&tx)
                .await?;
            store_token(&tx, id, &successor, next, now).await?;
        }
        TokenAge::Previous => {
            // Missing when the secret has changed in between: the successor cannot be derived again.
            let kept = refresh::Entity::find_by_id(fingerprint(&successor))
                .one(&tx)
                .await?;
            if kept.is_none() {
                return Ok(Rotation::Refused);
            }
        }
        TokenAge::Replaced => {
            tracing::warn!(login = %login.id, user = %login.user_id, "a replaced refresh token was used again: the login ends");
            let ended = mark_ended(&tx, login, now).await?;
            tx.commit().await?;
            return Ok(Rotation::Reused(ended));
        }
    }
    let user = user::Entity::find_by_id(login.user_id).one(&tx).await?;
    tx.commit().await?;
    Ok(user.map_or(Rotation::Refused, |user| Rotation::Rotated {
        session: login.id,
        user,
        successor,
    }))
}

/// Looked at before a transaction is begun: made-up tokens do not compete with orders for the one writer of SQLite.
async fn is_known(db: &Db, token: &str) -> Result<bool, DbErr> {
    refresh::Entity::find_by_id(fingerprint(token))
        .one(db.read())
        .await
        .map(|token| token.is_some())
}

/// Ends the session of a refresh token; an unknown token belongs to none that is alive.
pub(crate) async fn end(db: &Db, token: &str, now: i64) -> Result<Option<Ended>, DbErr> {
    if !is_known(db, token).await? {
        return Ok(None);
    }
    let tx = db.write().await?;
    let Some(shown) = refresh::Entity::find_by_id(fingerprint(token))
        .one(&tx)
        .await?
    else {
        return Ok(None);
    };
    let Some(login) = login::Entity::find_by_id(shown.login_id)
        .lock_exclusive()
        .one(&tx)
        .await?
    else {
        return Ok(None);
    };
    let ended = mark_ended(&tx, login, now).await?;
    tx.commit().await?;
    Ok(Some(ended))
}

async fn mark_ended(
    tx: &DatabaseTransaction,
    login: login::Model,
    now: i64,
) -> Result<Ended, DbErr> {
    let ended = Ended {
        session: login.id,
        user: login.user_id,
    };
    let kept_until = login.expires_at.min(now + ENDED_KEPT_MS);
    let mut login = login.into_active_model();
    login.ended = Set(true);
    login.expires_at = Set(kept_until);
    login.update(tx).await?;
    Ok(ended)
}

async fn store_token(
    tx: &DatabaseTransaction,
    login: Uuid,
    token: &str,
    generation: i64,
    now: i64,
) -> Result<(), DbErr> {
    refresh::Entity::insert(refresh::ActiveModel {
        hash: Set(fingerprint(token)),
        login_id: Set(login),
        generation: Set(generation),
        expires_at: Set(now + LIFETIME_MS),
    })
    .exec_without_returning(tx)
    .await
    .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_token_and_the_one_before_it_lead_on() {
        assert_eq!(age(7, 7), TokenAge::Newest);
        assert_eq!(age(6, 7), TokenAge::Previous);
        assert_eq!(age(5, 7), TokenAge::Replaced);
        assert_eq!(age(0, 7), TokenAge::Replaced);
    }
}
