//! Sessions (table `logins`) and the rotation of their refresh tokens.
//!
//! Each refresh token has a generation. Using the newest one creates the next. The previous one stays valid until its
//! successor was first used and returns that same successor, because the first answer may have been lost. Anything older
//! is a stolen copy: the session ends for both holders. A thief who rotates in step with the owner is not detected; one
//! who falls two generations behind is.

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait,
    IntoActiveModel, QueryFilter, QuerySelect,
};
use uuid::Uuid;

use super::token::{Keys, fingerprint, first_refresh};
use crate::db::{Db, login, refresh, user};

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

/// Starts a session and returns its first refresh token.
pub(crate) async fn start(db: &Db, user: Uuid, now: i64) -> Result<String, DbErr> {
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
    Ok(token)
}

/// Rotates a refresh token: the user and the successor, or `None` when the session has ended or ends now.
pub(crate) async fn rotate(
    db: &Db,
    keys: &Keys,
    token: &str,
    now: i64,
) -> Result<Option<(user::Model, String)>, DbErr> {
    let tx = db.write().await?;
    let Some(shown) = refresh::Entity::find_by_id(fingerprint(token))
        .one(&tx)
        .await?
    else {
        return Ok(None);
    };
    // Of two concurrent requests with one token the second waits for this lock and sees the first's result.
    let Some(login) = login::Entity::find_by_id(shown.login_id)
        .lock_exclusive()
        .one(&tx)
        .await?
    else {
        return Ok(None);
    };
    if login.ended || shown.expires_at <= now {
        return Ok(None);
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
                return Ok(None);
            }
        }
        TokenAge::Replaced => {
            tracing::warn!(login = %login.id, user = %login.user_id, "a replaced refresh token was used again: the login ends");
            mark_ended(&tx, login).await?;
            tx.commit().await?;
            return Ok(None);
        }
    }
    let user = user::Entity::find_by_id(login.user_id).one(&tx).await?;
    tx.commit().await?;
    Ok(user.map(|user| (user, successor)))
}

/// Ends the session of a refresh token; an unknown token belongs to none that is alive.
pub(crate) async fn end(db: &Db, token: &str) -> Result<(), DbErr> {
    let tx = db.write().await?;
    let shown = refresh::Entity::find_by_id(fingerprint(token))
        .one(&tx)
        .await?;
    if let Some(shown) = shown
        && let Some(login) = login::Entity::find_by_id(shown.login_id)
            .lock_exclusive()
            .one(&tx)
            .await?
    {
        mark_ended(&tx, login).await?;
        tx.commit().await?;
    }
    Ok(())
}

async fn mark_ended(tx: &DatabaseTransaction, login: login::Model) -> Result<(), DbErr> {
    let mut login = login.into_active_model();
    login.ended = Set(true);
    login.update(tx).await.map(drop)
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
