//! Codes of IPP: operations, statuses, states (RFC 8011 section 5.4 and appendix B; PWG 5100.11,
//! PWG 5100.13, PWG 5100.14).

/// Operation codes.
pub(crate) mod operation {
    use crate::faults::Faults;

    pub(crate) const PRINT_JOB: u16 = 0x0002;
    pub(crate) const VALIDATE_JOB: u16 = 0x0004;
    pub(crate) const CREATE_JOB: u16 = 0x0005;
    pub(crate) const SEND_DOCUMENT: u16 = 0x0006;
    pub(crate) const CANCEL_JOB: u16 = 0x0008;
    pub(crate) const GET_JOB_ATTRIBUTES: u16 = 0x0009;
    pub(crate) const GET_JOBS: u16 = 0x000a;
    pub(crate) const GET_PRINTER_ATTRIBUTES: u16 = 0x000b;
    pub(crate) const CANCEL_MY_JOBS: u16 = 0x0039;
    pub(crate) const CLOSE_JOB: u16 = 0x003b;
    pub(crate) const IDENTIFY_PRINTER: u16 = 0x003c;

    /// All of them.
    pub(crate) const ALL: [u16; 11] = [
        PRINT_JOB,
        VALIDATE_JOB,
        CREATE_JOB,
        SEND_DOCUMENT,
        CANCEL_JOB,
        GET_JOB_ATTRIBUTES,
        GET_JOBS,
        GET_PRINTER_ATTRIBUTES,
        CANCEL_MY_JOBS,
        CLOSE_JOB,
        IDENTIFY_PRINTER,
    ];

    /// Those that a printer with these faults supports.
    pub(crate) fn all(faults: &Faults) -> Vec<u16> {
        let two_steps = [CREATE_JOB, SEND_DOCUMENT, CLOSE_JOB];
        let known = |one: &u16| !faults.print_job_only || !two_steps.contains(one);
        ALL.into_iter().filter(known).collect()
    }
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Ok = 0x0000,
    OkSomeIgnored = 0x0001,
    BadRequest = 0x0400,
    NotPossible = 0x0404,
    NotFound = 0x0406,
    EntityTooLarge = 0x0408,
    ValueTooLong = 0x0409,
    FormatNotSupported = 0x040a,
    NotSupported = 0x040b,
    CharsetNotSupported = 0x040d,
    CompressionNotSupported = 0x040f,
    CompressionError = 0x0410,
    FormatError = 0x0411,
    OperationNotSupported = 0x0501,
    VersionNotSupported = 0x0503,
    NotAcceptingJobs = 0x0506,
    Busy = 0x0507,
}

/// `job-state`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
pub(crate) enum JobState {
    Pending = 3,
    Processing = 5,
    ProcessingStopped = 6,
    Canceled = 7,
    Aborted = 8,
    Completed = 9,
}

impl JobState {
    pub(crate) fn is_over(self) -> bool {
        matches!(self, Self::Canceled | Self::Aborted | Self::Completed)
    }
}
