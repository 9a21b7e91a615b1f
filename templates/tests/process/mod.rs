//! What Linux says about this process (proc_pid_status(5)).

pub(crate) fn kib(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("/proc");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    let number = line.and_then(|line| line.split_whitespace().next());
    number
        .expect("a field of /proc")
        .parse()
        .expect("a number of KiB")
}
