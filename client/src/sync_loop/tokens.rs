//! Tokens for the realtime connection, from the server.

use api::{BusinessId, Code};

use crate::{
    realtime::{TokenFault, TokenSource},
    session::Session,
};

/// Tokens for the realtime connection.
#[derive(Clone)]
pub(super) struct Tokens {
    pub(super) session: Session,
    pub(super) business: BusinessId,
}

impl TokenSource for Tokens {
    async fn token(
        &self,
        channel: Option<String>,
    ) -> Result<api::session::RealtimeToken, TokenFault> {
        let got = self
            .session
            .call(self.business, async |access| {
                access
                    .backend
                    .realtime_token(&access.token, channel.clone())
                    .await
            })
            .await;
        got.map_err(|problem| {
            if matches!(problem.code, Code::Forbidden | Code::NotFound) {
                TokenFault::Refused(problem.message)
            } else {
                TokenFault::Failed(problem.message)
            }
        })
    }
}
