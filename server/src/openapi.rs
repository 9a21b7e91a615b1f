//! The description of the REST surface, served at `/api/v1/openapi.json`. A test writes it to `api/openapi.json`, so that a change of it is seen.

use utoipa::{
    Modify, OpenApi,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};

/// The description, as JSON.
pub(crate) fn description() -> axum::Json<utoipa::openapi::OpenApi> {
    axum::Json(Surface::openapi())
}

/// The REST surface.
#[derive(Debug, OpenApi)]
#[openapi(
    info(title = "PanBot", description = "Orders in, wake-ups out, settings in between. Every error has the body Problem."),
    paths(
        crate::auth::login, crate::auth::refresh, crate::auth::logout, crate::realtime::token, crate::counters::register, crate::leases::renew,
        crate::menu::get, crate::feed::read, crate::claims::claim,
        crate::reports::report, crate::reports::tickets::list, crate::reconciliation::list, crate::reconciliation::resolve, crate::reconciliation::nothing, crate::reconciliation::day::day, crate::orders::list, crate::orders::create, crate::orders::revise, crate::orders::cancel,
        crate::orders::progress,
        crate::orders::known,
        crate::settings::list, crate::settings::put,
    ),
    components(schemas(api::Business, api::Printer, api::settings::Rule)),
    security(("access" = [])),
    modifiers(&Access),
)]
struct Surface;

struct Access;

impl Modify for Access {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .build();
        openapi
            .components
            .get_or_insert_default()
            .add_security_scheme("access", SecurityScheme::Http(scheme));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openapi_is_written_as_it_is() {
        let text = Surface::openapi().to_pretty_json().expect("JSON") + "\n";
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../api/openapi.json");
        let before = std::fs::read_to_string(path).unwrap_or_default();
        if before == text {
            return;
        }
        std::fs::write(path, &text).expect("api/ is written");
        assert!(
            std::env::var_os("UPDATE_GENERATED").is_some(),
            "api/openapi.json was out of date; it has been written anew: look at the change and commit it"
        );
    }
}
