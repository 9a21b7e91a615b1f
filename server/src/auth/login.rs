//! Logins: a sign-in, and the refresh tokens that follow from it.
//!
//! Each refresh token has a generation. Using the newest one makes the next; the one before stays good until its
//! successor was first used, and gives that same successor again, because the answer that carried it can have got
//! lost. Anything older is somebody else's copy: the login ends, for both. A thief who keeps up with the owner, refresh
//! by refresh, holds the same chain and is not seen; one who falls two behind is.

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait,
    IntoActiveModel, QueryFilter, QuerySelect,
};
use uuid::Uuid;

use super::token::{Keys, fingerprint, first_refresh};
use crate::db::{Db, login, refresh, user};

/// Milliseconds that a refresh token is good for: 60 days.
const LIFE: i64 = 60 * 24 * 60 * 60 * 1000;

/// What becomes of a refresh token that was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The newest: its successor is new.
    Next,
    /// The one before the newest: its successor, which nobody has used, once more.
    Again,
    /// Older: it was replaced by one that was used.
    Reuse,
}

fn step(shown: i64, newest: i64) -> Step {
    if shown == newest {
        Step::Next
    } else if shown == newest - 1 {
        Step::Again
    } else {
        Step::Reuse
    }
}

/// Begins a login and gives its first refresh token.
pub(crate) async fn begin(db: &Db, user: Uuid, now: i64) -> Result<String, DbErr> {
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
        expires_at: Set(now + LIFE),
    })
    .exec_without_returning(&tx)
    .await?;
    keep(&tx, id, &token, 0, now).await?;
    tx.commit().await?;
    Ok(token)
}

/// The successor of a refresh token and whose it is; `None` when the login has ended, or ends with this.
pub(crate) async fn follow(
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
    // Two requests with the same token at once: the second waits here and sees what the first did.
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
    match step(shown.generation, login.generation) {
        Step::Next => {
            let (id, next) = (login.id, login.generation + 1);
            let mut login = login.clone().into_active_model();
            login.generation = Set(next);
            login.expires_at = Set(now + LIFE);
            login.update(&tx).await?;
            refresh::Entity::delete_many()
                .filter(refresh::Column::LoginId.eq(id))
                .filter(refresh::Column::ExpiresAt.lte(now))
                .exec(&tx)
                .await?;
            keep(&tx, id, &successor, next, now).await?;
        }
        Step::Again => {
            // Not so when the server's secret has changed in between: then nobody can say it again.
            let kept = refresh::Entity::find_by_id(fingerprint(&successor))
                .one(&tx)
                .await?;
            if kept.is_none() {
                return Ok(None);
            }
        }
        Step::Reuse => {
            tracing::warn!(login = %login.id, user = %login.user_id, "a replaced refresh token was used again: the login ends");
            close(&tx, login).await?;
            tx.commit().await?;
            return Ok(None);
        }
    }
    let user = user::Entity::find_by_id(login.user_id).one(&tx).await?;
    tx.commit().await?;
    Ok(user.map(|user| (user, successor)))
}

/// Ends the login that a refresh token belongs to; one that is not known has ended already.
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
        close(&tx, login).await?;
        tx.commit().await?;
    }
    Ok(())
}

async fn close(tx: &DatabaseTransaction, login: login::Model) -> Result<(), DbErr> {
    let mut login = login.into_active_model();
    login.ended = Set(true);
    login.update(tx).await.map(drop)
}

async fn keep(
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
        expires_at: Set(now + LIFE),
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
        assert_eq!(step(7, 7), Step::Next);
        assert_eq!(step(6, 7), Step::Again);
        assert_eq!(step(5, 7), Step::Reuse);
        assert_eq!(step(0, 7), Step::Reuse);
    }
}
