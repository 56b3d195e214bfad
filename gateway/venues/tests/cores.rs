//! A core that is given to the corridor is the corridor's alone.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod desk;

use desk::{Desk, stop};
use std::path::Path;

/// Where a thread may run, `0-2,5` as numbers; none for one that has ended meanwhile.
fn allowed(task: &Path) -> Option<Vec<usize>> {
    let status = std::fs::read_to_string(task.join("status")).ok()?;
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).unwrap();
    let number = |text: &str| text.trim().parse::<usize>().unwrap();
    let range = |range: &str| match range.split_once('-') {
        Some((first, last)) => number(first)..number(last) + 1,
        None => number(range)..number(range) + 1,
    };
    Some(list.split(',').flat_map(range).collect())
}

#[test]
fn no_other_thread_may_run_where_the_corridor_is_pinned() {
    let ours = allowed(Path::new("/proc/self")).unwrap();
    let [corridor, _, ..] = ours[..] else {
        println!("skipped: there is one core, and everybody shares it");
        return;
    };
    let desk = Desk::new();
    let cpus = format!("run.cpus=[{corridor}]");
    let run = desk.start("out", &["run.speed=20x", "run.topology=fused", "run.wait=spin", &cpus]);
    // The thread of a client is there, too.
    let mut client = run.client();
    client.status();
    run.reach(200);
    let tasks = std::fs::read_dir(format!("/proc/{}/task", run.pid())).unwrap();
    let places: Vec<Vec<usize>> = tasks.filter_map(|task| allowed(&task.unwrap().path())).collect();
    let (there, elsewhere): (Vec<_>, Vec<_>) =
        places.iter().partition(|places| places.contains(&corridor));
    assert_eq!(there, [&vec![corridor]], "of {places:?}");
    assert!(elsewhere.len() >= 3, "main, the socket, its client, the journal: {places:?}");
    client.command(stop());
    run.end().with(0, &[]);
}
