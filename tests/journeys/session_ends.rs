//! Tokens come and go; a login ends only when it must, and then loudly.

use api::Code;
use client::{host::Ring, view::SessionView};
use journeys::Restaurant;

const SECRET: &str = "refresh-token";

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_answer_that_got_lost_does_not_end_the_login() -> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    let counter = restaurant.counter().await?;
    let before = counter.memory.secret(SECRET);
    let stopped = counter.stop().await;
    // The first answer after the start is that to the refresh.
    restaurant.link.lose_next_answer();
    let counter = stopped.start().await?;
    counter.until_live().await?;
    assert_ne!(
        counter.memory.secret(SECRET),
        before,
        "the successor arrived in the end"
    );
    let now = counter.client.snapshot().await?;
    assert!(matches!(now.counter.session, SessionView::SignedIn { .. }));
    let order = restaurant.order(&["pizza"]).await?;
    restaurant.paper_of("Kitchen", 1).await?;
    drop(order);
    restaurant.close([counter]).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reused_old_token_ends_the_login_and_leads_to_the_login_screen() -> anyhow::Result<()> {
    let restaurant = Restaurant::open().await?;
    let counter = restaurant.counter().await?;
    let oldest = counter
        .memory
        .secret(SECRET)
        .expect("a refresh token in the keyring");
    let counter = counter.restart().await?;
    counter.until_live().await?;
    let counter = counter.restart().await?;
    counter.until_live().await?;
    let stopped = counter.stop().await;
    stopped.memory.put_secret(SECRET, &oldest);
    let counter = stopped.start().await?;
    let now = counter
        .until("the login ended", |now| {
            matches!(&now.counter.session, SessionView::SignedOut { ended: Some(problem), .. } if problem.code == Code::LoginEnded)
        })
        .await?;
    let SessionView::SignedOut { email, server, .. } = &now.counter.session else {
        unreachable!("just seen")
    };
    assert_eq!(
        email.as_deref(),
        Some(restaurant.staff().0),
        "the form is filled in"
    );
    assert_eq!(server.as_deref(), Some(restaurant.public_url().as_str()));
    assert!(counter.memory.heard(Ring::Alarm) >= 1);
    assert_eq!(
        counter.memory.secret(SECRET),
        None,
        "a token that is good for nothing is not kept"
    );

    // Signing in again brings the orders that came meanwhile.
    restaurant.order(&["pizza"]).await?;
    restaurant.sign_in(&counter).await?;
    restaurant.paper_of("Kitchen", 1).await?;
    restaurant.close([counter]).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_a_server_that_cannot_be_reached_are_told_apart() -> anyhow::Result<()>
{
    let restaurant = Restaurant::open().await?;
    let counter = restaurant.new_counter("counter").await?;
    let (email, password) = restaurant.staff();
    let wrong = counter
        .client
        .login(&restaurant.public_url(), email, "not it")
        .await
        .expect_err("refused");
    assert_eq!(wrong.code, Code::WrongCredentials);
    restaurant.link.cut();
    let gone = counter
        .client
        .login(&restaurant.public_url(), email, password)
        .await
        .expect_err("nobody there");
    assert_eq!(gone.code, Code::ServerUnreachable);
    let strange = counter
        .client
        .login("not a server", email, password)
        .await
        .expect_err("no address");
    assert_eq!(strange.code, Code::Invalid);
    restaurant.close([counter]).await;
    Ok(())
}
