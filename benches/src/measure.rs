//! Measures a program: wall time, processor time and memory. Reads `/proc`, so Linux alone.

use std::fs;
use std::io;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The cost of one run of a program.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cost {
    /// By the clock, seconds.
    pub(crate) wall: f64,
    /// Processor time, user and system, of all its threads, seconds.
    pub(crate) cpu: f64,
    /// Most memory resident at a time, MiB.
    pub(crate) peak: f64,
}

/// Runs a program to its end; an error where it fails. The kernel's clock of processor time ticks 100 times a
/// second, and the peak is looked at every few milliseconds.
pub(crate) fn run(command: &mut Command) -> io::Result<Cost> {
    run_with(command, Stdio::null(), &[0])
}

/// The same with what it writes, and the exit codes it may end with.
pub(crate) fn run_with(command: &mut Command, stdout: Stdio, codes: &[i32]) -> io::Result<Cost> {
    let before = children_cpu()?;
    let began = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(stdout).spawn()?;
    let status_file = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let status = loop {
        // It is a high-water mark: only what is allocated in the last moment is missed.
        peak = peak.max(peak_kib(&status_file).unwrap_or(0));
        if let Some(status) = child.try_wait()? {
            break status;
        }
        std::thread::sleep(Duration::from_millis(3));
    };
    let wall = began.elapsed().as_secs_f64();
    if !status.code().is_some_and(|code| codes.contains(&code)) {
        return Err(io::Error::other(format!(
            "{} ended with {status}",
            command.get_program().display()
        )));
    }
    #[expect(clippy::cast_precision_loss, reason = "of kibibytes")]
    Ok(Cost {
        wall,
        cpu: children_cpu()? - before,
        peak: peak as f64 / 1024.0,
    })
}

/// Most memory resident at a time of a process that runs, MiB.
#[expect(clippy::cast_precision_loss, reason = "of kibibytes")]
pub(crate) fn peak_of(id: u32) -> f64 {
    peak_kib(&format!("/proc/{id}/status")).unwrap_or_default() as f64 / 1024.0
}

/// Processor time of a process that runs, seconds: `utime` and `stime` of proc_pid_stat(5).
pub(crate) fn cpu_of(id: u32) -> io::Result<f64> {
    ticks(&fs::read_to_string(format!("/proc/{id}/stat"))?, 11)
}

/// Processor time of the children of a process that have ended, seconds: `cutime` and `cstime`.
pub(crate) fn cpu_of_ended(id: u32) -> io::Result<f64> {
    ticks(&fs::read_to_string(format!("/proc/{id}/stat"))?, 13)
}

fn peak_kib(status_file: &str) -> Option<u64> {
    let status = fs::read_to_string(status_file).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Processor time of every child that has ended, seconds.
fn children_cpu() -> io::Result<f64> {
    ticks(&fs::read_to_string("/proc/self/stat")?, 13)
}

/// Two fields of a line of proc_pid_stat(5) in seconds, by their place behind the name.
fn ticks(stat: &str, place: usize) -> io::Result<f64> {
    // The second field, the name, may hold blanks; it ends with the last parenthesis.
    let fields = stat
        .rsplit_once(')')
        .map_or("", |(_, rest)| rest)
        .split_whitespace();
    let ticks: Vec<f64> = fields
        .skip(place)
        .take(2)
        .filter_map(|field| field.parse().ok())
        .collect();
    Ok(ticks.iter().sum::<f64>() / 100.0)
}

/// The middle of each figure over several runs.
pub(crate) fn median(costs: &[Cost]) -> Cost {
    let middle = |figure: fn(&Cost) -> f64| {
        let mut figures: Vec<f64> = costs.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        figures.get(figures.len() / 2).copied().unwrap_or_default()
    };
    Cost {
        wall: middle(|cost| cost.wall),
        cpu: middle(|cost| cost.cpu),
        peak: middle(|cost| cost.peak),
    }
}

/// Model and number of the processors, and how busy they were in the last minutes.
pub(crate) fn machine() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!(
        "{} × {}; load {}",
        info.lines()
            .filter(|line| line.starts_with("processor"))
            .count(),
        model.map_or("unknown", |(_, name)| name),
        load.split(' ').take(2).collect::<Vec<_>>().join(" "),
    )
}
