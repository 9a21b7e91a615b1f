//! A document on its way to the printer, and its job until it is over. Both are looked at at once: a printer that ran
//! out of paper may stop reading in the middle of a document, and says so only when it is asked.

use std::{future::pending, time::Duration};

use api::{
    Outcome,
    job::{Doubt, NotPrinted},
    printer::Health,
};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep},
};

use super::{
    Announced, Printer,
    answer::Answer,
    http::HttpError,
    identity::RemoteJob,
    job::{JobStage, JobStatus},
};
use crate::driver::escpos::Progress;

type Arrived = oneshot::Receiver<Result<Answer, HttpError>>;

/// Sends the document of a job and watches both.
pub(super) async fn send(
    printer: &Printer,
    announced: &Announced,
    document: &[u8],
    told: &mpsc::UnboundedSender<Progress>,
) -> Outcome {
    let mut question = match announced.job {
        Some(job) => printer
            .target
            .send_document(job.id, announced.format.mime()),
        None => printer.target.print_job(&announced.words()),
    };
    question.extend(document);
    let (tell, arrived) = oneshot::channel();
    let upload = async {
        let answer = printer.http.ask_for_as_long_as_it_takes(question).await;
        // Whoever watches may have seen the end of the job already.
        let _ = tell.send(answer);
        pending::<()>().await;
    };
    let watched = async {
        match announced.job {
            Some(job) => {
                let mut watch = Watch::new(printer, told);
                watch
                    .until_over(job, &announced.name, Upload::Open(arrived))
                    .await
            }
            None => in_one(printer, announced, arrived, told).await,
        }
    };
    tokio::select! {
        outcome = watched => outcome,
        () = upload => Outcome::Uncertain(Doubt::ConnectionLost),
    }
}

/// Watches a job whose document was sent earlier.
pub(super) async fn follow(
    printer: &Printer,
    job: RemoteJob,
    name: &str,
    told: &mpsc::UnboundedSender<Progress>,
) -> Option<Outcome> {
    let mut watch = Watch::new(printer, told);
    // What was reported before is not known any more; a printer that does not count pages proves nothing by its silence.
    watch.begun = true;
    let outcome = watch.until_over(job, name, Upload::Taken).await;
    (outcome != Outcome::Uncertain(Doubt::ConnectionLost)).then_some(outcome)
}

/// Print-Job: the number of the job comes with the answer. When there is none, or it is a refusal, the job is looked up by
/// its name: what the printer knows of it decides, before anything is tried again.
async fn in_one(
    printer: &Printer,
    announced: &Announced,
    arrived: Arrived,
    told: &mpsc::UnboundedSender<Progress>,
) -> Outcome {
    let answered = tokio::time::timeout(printer.timings.pages, arrived).await;
    let answered = answered.ok().and_then(Result::ok);
    let named = match &answered {
        Some(Ok(answer)) if answer.is_ok() => answer.jobs().find_map(|job| job.number("job-id")),
        Some(_) | None => None,
    };
    let mut watch = Watch::new(printer, told);
    let upload = watch.uploaded(answered);
    let job = match named {
        Some(id) => Some(printer.learn(RemoteJob::numbered(id)).await),
        None => {
            let found = printer.find(&announced.name).await.ok().flatten();
            found.map(|said| RemoteJob::new(&said))
        }
    };
    match (job, upload) {
        (Some(job), upload) => watch.until_over(job, &announced.name, upload).await,
        (None, Upload::Refused(why)) => Outcome::NotPrinted(why),
        (None, Upload::Open(_) | Upload::Taken | Upload::Lost) => {
            Outcome::Uncertain(Doubt::ConnectionLost)
        }
    }
}

/// A job that is being watched.
struct Watch<'a> {
    printer: &'a Printer,
    told: &'a mpsc::UnboundedSender<Progress>,
    /// Its processing began, or pages were reported: from now on paper may have come out.
    begun: bool,
    /// The most pages that were reported.
    pages: Option<i32>,
    waiting: Option<Health>,
    /// How long it was said to be printing, and how long nothing was said.
    going: Duration,
    silent: Duration,
}

/// What became of the document.
enum Upload {
    /// It is on its way; this is where its answer comes.
    Open(Arrived),
    /// It was taken.
    Taken,
    /// It was refused.
    Refused(NotPrinted),
    /// Nobody knows; at most a part of it is there.
    Lost,
}

impl<'a> Watch<'a> {
    fn new(printer: &'a Printer, told: &'a mpsc::UnboundedSender<Progress>) -> Watch<'a> {
        Watch {
            printer,
            told,
            begun: false,
            pages: None,
            waiting: None,
            going: Duration::ZERO,
            silent: Duration::ZERO,
        }
    }

    async fn until_over(&mut self, job: RemoteJob, name: &str, mut upload: Upload) -> Outcome {
        let timings = &self.printer.timings;
        let mut pause = timings.poll;
        let mut canceled = false;
        loop {
            let began = Instant::now();
            tokio::select! {
                () = sleep(pause) => {}
                answer = answer_of(&mut upload) => upload = self.uploaded(answer),
            }
            pause = (pause * 3 / 2).min(timings.poll_most);
            let said = match (self.printer.job(&job, name).await, &upload) {
                (Ok(Some(said)), _) => said,
                (Ok(None) | Err(_), Upload::Refused(why)) => {
                    return Outcome::NotPrinted(why.clone());
                }
                (Ok(None), Upload::Open(_) | Upload::Taken | Upload::Lost) => {
                    return Outcome::Uncertain(Doubt::PrinterRestarted);
                }
                (Err(_), Upload::Open(_) | Upload::Taken | Upload::Lost) => {
                    self.silent += began.elapsed();
                    if self.silent >= timings.confirm {
                        return Outcome::Uncertain(Doubt::ConnectionLost);
                    }
                    continue;
                }
            };
            self.silent = Duration::ZERO;
            // Between two looks a job that was taken may have been begun and ended.
            let (taken, refused) = (
                matches!(upload, Upload::Taken),
                matches!(upload, Upload::Refused(_)),
            );
            self.begun |= said.has_printed() || !refused && (taken || said.is_processing());
            if said.pages() > self.pages {
                // It goes on, however long the whole of it takes.
                self.pages = said.pages();
                self.going = Duration::ZERO;
            }
            let confirms = self
                .printer
                .found
                .as_ref()
                .is_some_and(|found| found.abilities.confirms);
            if let Some(outcome) = said.outcome(self.begun, confirms) {
                return match (outcome, upload) {
                    // What was refused says why better than the job that was canceled for it.
                    (Outcome::NotPrinted(_), Upload::Refused(why)) => Outcome::NotPrinted(why),
                    (outcome, _) => outcome,
                };
            }
            // A job that never got its document, or not the whole of it, is ended and looked at once more.
            let in_vain = match &upload {
                Upload::Refused(_) => true,
                Upload::Lost => matches!(said.stand(), JobStage::Incoming | JobStage::Held),
                Upload::Open(_) | Upload::Taken => false,
            };
            if in_vain && !canceled {
                self.printer.cancel(job.id).await;
                canceled = true;
                pause = timings.poll;
            }
            let going = self.is_going(&said, began).await;
            self.going += going;
            if self.going >= timings.pages {
                return Outcome::Uncertain(Doubt::NoConfirmation);
            }
        }
    }

    /// How much of its time a job has used since: none while the printer says what it waits for, or that others are
    /// before it.
    async fn is_going(&mut self, said: &JobStatus, began: Instant) -> Duration {
        let health = self.printer.health().await;
        let stands = health.filter(|health| *health != Health::Ready);
        let waiting = match (said.stand(), stands) {
            (JobStage::Stopped | JobStage::Held, None) => Some(Health::Offline),
            (_, stands) => stands,
        };
        if waiting != self.waiting {
            self.waiting = waiting;
            let progress = waiting.map_or(Progress::Printing, Progress::Waiting);
            // Nobody listens any more when the job was let go of.
            let _ = self.told.send(progress);
        }
        match (waiting, said.stand()) {
            (Some(_), _) | (None, JobStage::InLine | JobStage::Held) => Duration::ZERO,
            (None, JobStage::Incoming | JobStage::Going | JobStage::Stopped) => began.elapsed(),
        }
    }

    fn uploaded(&self, answer: Option<Result<Answer, HttpError>>) -> Upload {
        match answer {
            Some(Ok(answer)) if answer.is_ok() => Upload::Taken,
            Some(Ok(answer)) => Upload::Refused(self.printer.refusal(&answer)),
            Some(Err(
                trouble @ (HttpError::Unreached(_) | HttpError::Http(_) | HttpError::Stranger),
            )) => Upload::Refused(trouble.nothing_printed(&self.printer.endpoint)),
            Some(Err(HttpError::Lost(_) | HttpError::Strange(_))) | None => Upload::Lost,
        }
    }
}

/// The answer to a document that is on its way; to others it never comes.
async fn answer_of(upload: &mut Upload) -> Option<Result<Answer, HttpError>> {
    match upload {
        Upload::Open(arrived) => arrived.await.ok(),
        Upload::Taken | Upload::Refused(_) | Upload::Lost => pending().await,
    }
}
