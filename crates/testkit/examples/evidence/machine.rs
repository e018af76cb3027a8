//! The machine: its load, CPU time, medians.

use std::fs::read_to_string;

/// Ticks of `/proc/PID/stat` a second on Linux.
const HERTZ: f64 = 100.0;

/// The load average of the last minute.
pub fn load() -> f64 {
    let text = read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or(f64::NAN)
}

/// Parent and CPU seconds of a process.
fn stat(process: &str) -> Option<(u32, f64)> {
    let text = read_to_string(format!("/proc/{process}/stat")).ok()?;
    let fields: Vec<&str> = text.rsplit_once(") ")?.1.split(' ').collect();
    let ticks = |place: usize| fields.get(place)?.parse::<f64>().ok();
    Some((fields.get(1)?.parse().ok()?, (ticks(11)? + ticks(12)?) / HERTZ))
}

/// CPU seconds that this process has used.
pub fn own_cpu() -> f64 {
    stat("self").map_or(0.0, |(_, seconds)| seconds)
}

/// CPU seconds of the processes of a PostgreSQL server that has this one among them.
pub fn server_cpu(backend: i32) -> f64 {
    let Some((server, _)) = stat(&backend.to_string()) else { return 0.0 };
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let names = processes.filter_map(|entry| entry.file_name().into_string().ok());
    names.filter_map(|name| stat(&name)).filter(|(parent, _)| *parent == server).map(|(_, seconds)| seconds).sum()
}

/// The middle one.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
