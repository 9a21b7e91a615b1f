use super::*;

fn path_of(text: &str) -> String {
    match Config::parse(text) {
        Err(ConfigError::Unknown { path } | ConfigError::Wrong { path, .. }) => path,
        other => panic!("expected an error with a path, got {other:?}"),
    }
}

fn namespace(body: &str) -> String {
    format!(
        r#"{{"client":{{"subscription_token":{{"enabled":true}}}},"channel":{{"namespaces":[{{"name":"business",{body}}}]}}}}"#
    )
}

#[test]
fn the_file_in_this_repository_is_understood_to_its_last_key() {
    let config = Config::built_in().unwrap();
    let names: Vec<_> = config.namespaces.keys().map(String::as_str).collect();
    assert_eq!(names, ["", "admin", "business", "job", "location"]);
    let (business, rest) = config.namespace("business:42").unwrap();
    assert_eq!((business.history_size, rest), (250, "42"));
    assert_eq!(business.history_ttl, Duration::from_secs(6 * 3600));
    assert_eq!(business.recovery, Ability::Always);
    assert!(
        !business.subscribe_for_client,
        "restaurants would hear each other"
    );
    assert!(config.left.contains(&"engine".to_owned()));
    assert!(config.namespace("nobody:42").is_none());
}

#[test]
fn an_unknown_key_is_named_with_its_path() {
    assert_eq!(
        path_of(&namespace(r#""history_sise":1"#)),
        "channel.namespaces[0].history_sise"
    );
    assert_eq!(
        path_of(r#"{"client":{"subscription_token":{"enabled":true},"token":{"hmac":"x"}}}"#),
        "client.token.hmac"
    );
    let misspelt = include_str!("../../../../infrastructure/centrifugo/config.json").replacen(
        "history_size",
        "history_sise",
        1,
    );
    assert_eq!(
        path_of(&misspelt),
        "channel.namespaces[0].history_sise",
        "not what is missing without it"
    );
    let text = r#"{"client":{"subscription_token":{"enabled":true}},"namespaces":[]}"#;
    assert_eq!(path_of(text), "namespaces");
}

#[test]
fn a_value_that_cannot_be_is_named_with_its_path() {
    let wrong = [
        r#""history_size":1,"history_ttl":60"#,
        r#""history_size":1,"history_ttl":"60""#,
        r#""history_size":1"#,
        r#""history_size":-1"#,
        r#""force_recovery":true"#,
        r#""presence":"yes""#,
        r#""channel_regex":"(""#,
        r#""publication_data_format":"xml""#,
        r#""history_size":1,"history_ttl":"721h""#,
    ];
    for body in wrong {
        let path = path_of(&namespace(body));
        assert!(path.starts_with("channel.namespaces[0]."), "{body}: {path}");
    }
}

#[test]
fn two_namespaces_of_one_name_are_refused() {
    let text = r#"{"client":{"subscription_token":{"enabled":true}},
        "channel":{"namespaces":[{"name":"job"},{"name":"job"}]}}"#;
    assert_eq!(path_of(text), "channel.namespaces[1].name");
}

#[test]
fn one_secret_for_both_kinds_of_token_is_refused() {
    assert_eq!(path_of("{}"), "client.subscription_token.enabled");
}

#[test]
fn every_placeholder_of_the_file_stops_the_start() {
    let config = Config::built_in().unwrap();
    assert_eq!(config.placeholders.len(), 3);
    config.refuse_placeholders(&Secrets::random()).unwrap();
    let others = ["placeholder-of-another-file-0123456789".to_owned()];
    for placeholder in config.placeholders.iter().chain(&others) {
        let secrets = Secrets {
            realtime: placeholder.clone(),
            ..Secrets::random()
        };
        let error = config.refuse_placeholders(&secrets).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("PANBOT_REALTIME_SECRET is the placeholder")
        );
    }
}
