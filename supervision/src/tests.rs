use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use super::*;

/// Panics or returns at its first runs, then stays until it is stopped.
fn stumbling(tasks: &Tasks, name: &'static str, runs: Arc<AtomicU32>, stumbles: u32, panics: bool) {
    let stop = tasks.stop().clone();
    tasks.spawn(name, Policy::Restart, move || {
        let (stop, runs) = (stop.clone(), runs.clone());
        async move {
            let run = runs.fetch_add(1, Ordering::SeqCst) + 1;
            if run > stumbles {
                return stop.cancelled().await;
            }
            assert!(!panics, "run {run} fails");
        }
    });
}

#[tokio::test(start_paused = true)]
async fn a_task_that_panics_is_reported_and_starts_again_after_a_growing_pause() {
    let (tasks, mut incidents) = Tasks::root(Pause::default());
    let runs = Arc::new(AtomicU32::new(0));
    stumbling(&tasks, "feed", runs.clone(), 2, true);
    let began = Instant::now();
    for (run, pause) in [(1, 500), (2, 1_000)] {
        let after = Duration::from_millis(pause);
        assert_eq!(
            incidents.recv().await,
            Some(Incident {
                task: "feed",
                end: End::Panicked(Panic(format!("run {run} fails"))),
                then: Then::Restarts { after },
            })
        );
    }
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(runs.load(Ordering::SeqCst), 3);
    assert!(began.elapsed() >= Duration::from_millis(1_500));
    tasks.shutdown().await;
    assert!(incidents.try_recv().is_err(), "a stop is no incident");
}

#[tokio::test(start_paused = true)]
async fn a_task_that_returns_unasked_is_an_incident_too() {
    let (tasks, mut incidents) = Tasks::root(Pause::default());
    stumbling(&tasks, "outbox", Arc::default(), 1, false);
    let incident = incidents.recv().await.expect("an incident");
    assert_eq!(incident.end, End::Returned);
    assert!(incident.to_string().contains("\"outbox\""), "{incident}");
    tasks.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn the_pause_begins_anew_after_a_calm_time() {
    let (tasks, mut incidents) = Tasks::root(Pause::default());
    let stop = tasks.stop().clone();
    tasks.spawn("slow", Policy::Restart, move || {
        let stop = stop.clone();
        async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(Duration::from_secs(61)) => panic!("late"),
            }
        }
    });
    for _ in 0..3 {
        let after = Duration::from_millis(500);
        let incident = incidents.recv().await.expect("an incident");
        assert_eq!(incident.then, Then::Restarts { after });
    }
    tasks.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn a_task_that_all_depend_on_ends_them_in_order() {
    let (tasks, mut incidents) = Tasks::root(Pause::default());
    let inner = tasks.child();
    let stopped = Arc::new(AtomicU32::new(0));
    let (stop, seen) = (tasks.stop().clone(), stopped.clone());
    tasks.spawn_once("other", async move {
        stop.cancelled().await;
        seen.fetch_add(1, Ordering::SeqCst);
    });
    inner.spawn("writer", Policy::EndAll, || async { panic!("no more") });
    let incident = incidents.recv().await.expect("an incident");
    assert_eq!(incident.then, Then::EndsAll);
    inner.shutdown().await;
    tasks.shutdown().await;
    assert_eq!(stopped.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_child_stops_alone_and_with_its_parent() {
    let (tasks, _incidents) = Tasks::root(Pause::default());
    let (first, second) = (tasks.child(), tasks.child());
    first.shutdown().await;
    assert!(!tasks.stop().is_cancelled() && !second.stop().is_cancelled());
    tasks.shutdown().await;
    assert!(second.stop().is_cancelled());
}

#[tokio::test]
async fn a_panic_over_one_piece_of_work_is_a_value() {
    assert_eq!(catch(async { 7 }).await, Ok(7));
    let caught = catch(async { panic!("bad {}", "ticket") }).await;
    assert_eq!(caught, Err::<(), _>(Panic("bad ticket".into())));
}

#[tokio::test]
async fn a_task_that_runs_once_is_reported_only_when_it_panics() {
    let (tasks, mut incidents) = Tasks::root(Pause::default());
    tasks.spawn_once("search", async {});
    tasks.spawn_once("search", async { panic!("no network") });
    let incident = incidents.recv().await.expect("an incident");
    assert_eq!(incident.then, Then::Nothing);
    tasks.shutdown().await;
    assert!(incidents.try_recv().is_err());
}
