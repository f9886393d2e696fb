//! One seed, one history: what is sent and done, what goes wrong meanwhile, the calm after it, and the judgement.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use fastrand::Rng;
use tokio::runtime::Builder;
use tokio::task::LocalSet;
use tokio::time::sleep;

use crate::acts;
use crate::aging;
use crate::check::Check;
use crate::check::judged::Counts;
use crate::door::{self, Door, Fate, Sent};
use crate::fault::Fault;
use crate::story::{Size, Story};
use crate::table::{Definition, Table};
use crate::worker::{MAPPINGS, work};
use crate::world::World;

/// Workers of each queue.
const WORKERS: usize = 2;
/// How late a delivery may arrive.
const LATE_MS: i64 = 2 * 60 * 60 * 1000;
/// How many of a thousand deliveries come by the front door at most, where they can: none in some histories, nearly all in
/// others.
const BY_DOOR_PER_MILLE: u32 = 900;
/// How often the calm is looked at before the queues count as never drained.
const MAX_ROUNDS: u32 = 200;
/// How long one of these rounds is: longer than a message can be invisible.
const ROUND: Duration = Duration::from_secs(200);
/// How long an operator waits at most before the dead-letter queues are looked at again.
const REDRIVE_MS: u64 = 20 * 60 * 1000;

/// How histories are made.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// How much happens in one.
    pub size: Size,
    /// Whether the trace is kept for people.
    pub traced: bool,
}

/// How a history ended.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Its seed.
    pub seed: u64,
    /// What did not hold; nothing, unless there is a bug.
    pub violations: Vec<String>,
    /// How many steps it had.
    pub steps: u64,
    /// Its trace as a number.
    pub hash: u64,
    /// What went wrong, how often.
    pub faults: BTreeMap<Fault, u64>,
    /// What was sent and done, how often.
    pub kinds: BTreeMap<&'static str, usize>,
    /// Deliveries that were sent, those sent again included.
    pub deliveries: u64,
    /// Events that are stored.
    pub events: u64,
    /// What was judged, and how much of it.
    pub judged: Counts,
    /// Records that functions returned to their queues.
    pub returned: u64,
    /// What befell requests, by operation.
    pub crashes: BTreeMap<(Fault, String), u64>,
    /// Pops that were shown.
    pub pops: u64,
    /// What agents heard, by route and status; 0 for no answer.
    pub answered: BTreeMap<(&'static str, i64), u64>,
    /// What the front door answered, by who asked and the status; 0 for no answer.
    pub posts: BTreeMap<(&'static str, i64), u64>,
    /// The trace, where it was kept.
    pub lines: Vec<String>,
}

/// Plays the history of a seed.
///
/// # Panics
/// When there is no runtime or template.yaml has no table: then nothing is proved.
#[must_use]
pub fn play(seed: u64, options: &Options) -> Outcome {
    // The chance that the code itself draws from; the world's own is beside it.
    fastrand::seed(seed);
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without input and output can be built");
    let local = LocalSet::new();
    runtime.block_on(local.run_until(tell(seed, *options)))
}

async fn tell(seed: u64, options: Options) -> Outcome {
    let mut rng = Rng::with_seed(seed);
    let story = Rc::new(Story::of(&mut rng, options.size));
    let world = World::new(rng.fork(), table(), options.traced);
    let mut workers = Vec::new();
    let mut who = 0;
    for mapping in MAPPINGS {
        for _ in 0..WORKERS {
            who += 1;
            let working = work(world.clone(), who, mapping);
            workers.push(tokio::task::spawn_local(working));
        }
    }
    let redriving = tokio::task::spawn_local(redrive(world.clone()));
    let acting = tokio::task::spawn_local(acts::perform(world.clone(), Rc::clone(&story), who + 1));
    let door = Rc::new(Door::new(world.clone()));
    let deliveries = send_all(&door, &world, &story).await;
    let ledger = acting.await.expect("what agents do does not panic");
    redriving.abort();
    calm_down(&world).await;
    let steps = world.inside().trace.steps();
    let posts = door.posts();
    let judging = Check::all(&world, &story, &ledger, &posts);
    let check = clock::under(world.clock(0), judging).await;
    let mut violations = check.violations;
    if workers.iter().any(|worker| worker.is_finished()) {
        violations.push("a worker panicked outside of its function".to_owned());
    }
    // They have nothing to do any more, and would look for it for days.
    for worker in &workers {
        worker.abort();
    }
    violations.extend(aging::age(&world, who + 1, &ledger).await);
    let mut inner = world.inside();
    let inner = &mut *inner;
    for item in inner.table.items() {
        inner.trace.also(&item);
    }
    let pops = ledger.pops.iter().filter(|pop| pop.heard.status() == 200);
    Outcome {
        seed,
        violations,
        steps,
        hash: inner.trace.hash(),
        faults: inner.faults.counts().clone(),
        kinds: story.kinds(),
        deliveries,
        events: check.events,
        judged: check.judged,
        returned: inner.returned,
        crashes: inner.faults.at().clone(),
        pops: pops.count() as u64,
        answered: ledger.answered,
        posts: posts.answered,
        lines: inner.trace.lines().to_vec(),
    }
}

thread_local! {
    static DEFINITION: Definition = Definition::of_template(crate::deployed::TABLE)
        .expect("template.yaml has a table of the shape that is simulated");
}

fn table() -> Table {
    Table::new(DEFINITION.with(Clone::clone))
}

/// Sends each delivery at its time, or late; some of them again, and some by the front door. How many were sent.
async fn send_all(door: &Rc<Door>, world: &World, story: &Rc<Story>) -> u64 {
    let mut sent = Vec::new();
    let by_door = world.inside().rng.u32(0..=BY_DOOR_PER_MILLE);
    for (place, delivery) in story.deliveries.iter().enumerate() {
        let mut inner = world.inside();
        let inner = &mut *inner;
        let mut at_ms = delivery.at_ms;
        if inner.faults.comes(Fault::Reordered, &mut inner.rng) {
            at_ms += inner.rng.i64(1..LATE_MS);
        }
        sent.push((at_ms, place));
        if inner.faults.comes(Fault::SentTwice, &mut inner.rng) {
            sent.push((at_ms + inner.rng.i64(1..LATE_MS), place));
        }
    }
    sent.sort_by_key(|(at_ms, _)| *at_ms);
    let begins_ms = world.now_ms();
    let mut providers = Vec::new();
    for &(at_ms, place) in &sent {
        let wait = begins_ms + at_ms - world.now_ms();
        sleep(Duration::from_millis(u64::try_from(wait).unwrap_or(0))).await;
        let delivery = &story.deliveries[place];
        let is_by_door = world.inside().rng.u32(..1000) < by_door;
        if is_by_door && door::connection_of(delivery).is_some() {
            let providing = door::provide(Rc::clone(door), Rc::clone(story), place);
            providers.push(tokio::task::spawn_local(providing));
            continue;
        }
        door.note(Sent {
            place,
            by_door: false,
            fate: Fate::Taken,
        });
        let attributes = delivery.attributes.iter().cloned().collect();
        world.send(delivery.queue.name(), delivery.body.clone(), attributes);
    }
    for provider in providers {
        provider.await.expect("what providers do does not panic");
    }
    sent.len() as u64
}

/// An operator who sends back what lies in the dead-letter queues, while things still go wrong.
async fn redrive(world: World) {
    loop {
        let pause = world.inside().rng.u64(1..REDRIVE_MS);
        sleep(Duration::from_millis(pause)).await;
        redrive_all(&world);
    }
}

fn redrive_all(world: &World) {
    let now_ms = world.now_ms();
    {
        let mut inner = world.inside();
        let inner = &mut *inner;
        for queue in inner.queues.values_mut() {
            for _ in 0..queue.redrive(now_ms) {
                inner.faults.note(Fault::Redriven);
            }
        }
    }
    world.announce();
}

/// Nothing goes wrong any more: what is left has to get done.
async fn calm_down(world: &World) {
    world.inside().faults.calm = true;
    for _ in 0..MAX_ROUNDS {
        let is_left = world
            .inside()
            .queues
            .iter()
            .any(|(name, queue)| *name != crate::world::QUARANTINE && queue.depth() != (0, 0));
        if !is_left {
            break;
        }
        redrive_all(world);
        sleep(ROUND).await;
    }
    // Whoever is still at work with what was handed out twice ends, too.
    sleep(ROUND).await;
    world.inside().table.settle();
}
