//! An IPP client with a foreign codec (the `ipp` crate) and HTTP.
#![allow(dead_code, reason = "each test file uses its own part")]

use ipp::attribute::{IppAttribute, IppAttributes};
use ipp::model::{DelimiterTag, IppVersion, Operation};
use ipp::parser::IppParser;
use ipp::reader::IppReader;
use ipp::value::IppValue;
use std::time::Duration;

pub type Named<'a> = &'a [(&'a str, IppValue)];

/// The answer to a request: its status and its attributes.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub attributes: IppAttributes,
}

impl Answer {
    pub fn get(&self, group: DelimiterTag, name: &str) -> Option<&IppValue> {
        let mut groups = self.attributes.groups_of(group);
        groups.find_map(|group| Some(group.get(name)?.value()))
    }

    pub fn job(&self, name: &str) -> &IppValue {
        self.get(DelimiterTag::JobAttributes, name)
            .unwrap_or_else(|| panic!("{name} in {self:?}"))
    }

    pub fn printer(&self, name: &str) -> &IppValue {
        self.get(DelimiterTag::PrinterAttributes, name)
            .unwrap_or_else(|| panic!("{name} in {self:?}"))
    }

    pub fn number(&self, name: &str) -> i32 {
        let value = self.job(name);
        let (IppValue::Integer(number) | IppValue::Enum(number)) = value else {
            panic!("{name}: {value:?}");
        };
        *number
    }

    /// How many jobs it tells of.
    pub fn jobs(&self) -> usize {
        self.attributes
            .groups_of(DelimiterTag::JobAttributes)
            .count()
    }
}

#[derive(Debug, Clone)]
pub struct IppClient {
    http: reqwest::Client,
    url: String,
    uri: String,
}

pub fn http_client() -> reqwest::ClientBuilder {
    // Another test of this process may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().timeout(Duration::from_secs(60))
}

pub fn keyword(word: &str) -> IppValue {
    IppValue::new_keyword(word).unwrap()
}

pub fn name(name: &str) -> IppValue {
    IppValue::new_name_without_language(name).unwrap()
}

pub fn mime(mime: &str) -> IppValue {
    IppValue::new_mime_media_type(mime).unwrap()
}

impl IppClient {
    pub fn new(uri: &str) -> Self {
        Self::by(http_client().build().unwrap(), uri)
    }

    pub fn by(http: reqwest::Client, uri: &str) -> Self {
        Self {
            http,
            url: uri.replacen("ipp", "http", 1),
            uri: uri.to_owned(),
        }
    }

    pub fn request(&self, operation: Operation, named: Named<'_>, job: Named<'_>) -> Vec<u8> {
        let mut attributes = IppAttributes::new();
        let first = [
            (
                "attributes-charset",
                IppValue::new_charset("utf-8").unwrap(),
            ),
            (
                "attributes-natural-language",
                IppValue::new_natural_language("en").unwrap(),
            ),
            ("printer-uri", IppValue::new_uri(&self.uri).unwrap()),
        ];
        for (name, value) in first.iter().chain(named) {
            let attribute = IppAttribute::with_name(*name, value.clone()).unwrap();
            attributes.add(DelimiterTag::OperationAttributes, attribute);
        }
        for (name, value) in job {
            let attribute = IppAttribute::with_name(*name, value.clone()).unwrap();
            attributes.add(DelimiterTag::JobAttributes, attribute);
        }
        let header = ipp::IppHeader::new(IppVersion::v2_0(), operation as i16, 1);
        [header.to_bytes().as_ref(), attributes.to_bytes().as_ref()].concat()
    }

    /// HTTP's status and body.
    pub async fn post(&self, bytes: Vec<u8>) -> reqwest::Result<(u16, Vec<u8>)> {
        let request = self
            .http
            .post(&self.url)
            .header("content-type", "application/ipp");
        let answer = request.body(bytes).send().await?;
        let status = answer.status().as_u16();
        Ok((status, answer.bytes().await?.to_vec()))
    }

    pub async fn try_request(
        &self,
        operation: Operation,
        named: Named<'_>,
        job: Named<'_>,
        document: &[u8],
    ) -> reqwest::Result<Answer> {
        let request = self.request(operation, named, job);
        let (status, body) = self.post([request.as_slice(), document].concat()).await?;
        assert_eq!(status, 200);
        Ok(read(&body))
    }

    pub async fn ask(&self, operation: Operation, named: Named<'_>) -> Answer {
        self.try_request(operation, named, &[], b"").await.unwrap()
    }

    /// Create-Job; its number.
    pub async fn create(&self, called: &str) -> i32 {
        let answer = self
            .ask(Operation::CreateJob, &[("job-name", name(called))])
            .await;
        assert_eq!(answer.status, 0);
        answer.number("job-id")
    }

    /// Send-Document, the only one of the job.
    pub async fn send(&self, job: i32, format: &str, document: &[u8]) -> reqwest::Result<Answer> {
        let named = [
            ("job-id", IppValue::Integer(job)),
            ("document-format", mime(format)),
            ("last-document", IppValue::Boolean(true)),
        ];
        self.try_request(Operation::SendDocument, &named, &[], document)
            .await
    }

    pub async fn state(&self, job: i32) -> Answer {
        self.ask(
            Operation::GetJobAttributes,
            &[("job-id", IppValue::Integer(job))],
        )
        .await
    }

    /// Asks until the job is in this state.
    pub async fn until(&self, job: i32, state: i32) -> Answer {
        for _ in 0..2000 {
            let answer = self.state(job).await;
            if answer.status == 0 && answer.number("job-state") == state {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!(
            "job {job} does not come to {state}: {:?}",
            self.state(job).await
        )
    }
}

pub fn read(body: &[u8]) -> Answer {
    let reader = IppReader::new(std::io::Cursor::new(body.to_vec()));
    let answer = IppParser::new(reader).parse().unwrap();
    Answer {
        status: answer.header().operation_or_status.cast_unsigned(),
        attributes: answer.attributes().clone(),
    }
}
