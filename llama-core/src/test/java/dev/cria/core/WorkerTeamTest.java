package dev.cria.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkerTeamTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 8})
    void everyPieceIsDoneOnceWhateverTheSizeOfTheTeam(int size) {
        try (WorkerTeam team = new WorkerTeam(size)) {
            for (int count = 0; count < 300; count++) {
                AtomicIntegerArray done = new AtomicIntegerArray(count + 1);
                team.run(count, (piece, worker) -> {
                    assertThat(worker).isBetween(0, size - 1);
                    done.incrementAndGet(piece);
                });
                for (int i = 0; i < count; i++) {
                    assertThat(done.get(i)).isEqualTo(1);
                }
            }
        }
    }

    @Test
    void whatAPieceThrowsReachesTheCallerAndTheTeamGoesOn() {
        try (WorkerTeam team = new WorkerTeam(3)) {
            for (int i = 0; i < 100; i++) {
                assertThatThrownBy(() -> team.run(50, (piece, worker) -> {
                    if (piece == 7) {
                        throw new IllegalStateException("piece seven");
                    }
                })).isInstanceOf(IllegalStateException.class).hasMessage("piece seven");
                int[] sum = new int[50];
                team.run(50, (piece, worker) -> sum[piece] = piece);
                assertThat(Arrays.stream(sum).sum()).isEqualTo(49 * 50 / 2);
            }
        }
    }

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void anIdleTeamUsesNoProcessorTime() throws InterruptedException {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        try (WorkerTeam team = new WorkerTeam(4)) {
            team.run(100, (piece, worker) -> {});
            long[] workers = Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
                    .filter(info -> info != null && info.getThreadName().startsWith("cria-worker"))
                    .mapToLong(info -> info.getThreadId()).toArray();
            assertThat(workers).isNotEmpty();
            // a busy machine takes its time until all have looked for work and found none
            while (Arrays.stream(threads.getThreadInfo(workers))
                    .anyMatch(info -> info.getThreadState() != Thread.State.WAITING)) {
                Thread.sleep(1);
            }
            long before = Arrays.stream(workers).map(threads::getThreadCpuTime).sum();
            Thread.sleep(200);
            long after = Arrays.stream(workers).map(threads::getThreadCpuTime).sum();
            // a worker that went on spinning would have used 200 ms
            assertThat(after - before).isLessThan(20_000_000L);
        }
    }

    @Test
    void aCheckedExceptionOfAPieceIsTheCauseOfWhatTheCallerGets() {
        IOException cause = new IOException("as other languages throw it");
        for (int size : new int[]{1, 3}) {
            try (WorkerTeam team = new WorkerTeam(size)) {
                assertThatThrownBy(() -> team.run(50, (piece, worker) -> WorkerTeamTest.<RuntimeException>raise(cause)))
                        .isInstanceOf(CriaException.class).hasCause(cause)
                        .hasMessage("a piece of work failed: java.io.IOException: as other languages throw it");
                team.run(50, (piece, worker) -> {});
            }
        }
    }

    @SuppressWarnings("unchecked")
    private static <E extends Throwable> void raise(Throwable thrown) throws E {
        throw (E) thrown;
    }

    @Test
    void thePiecesOfAMemberThatIsHeldUpAreDoneByTheOthers() {
        try (WorkerTeam team = new WorkerTeam(2)) {
            Set<Integer> ofTheOther = Set.of();
            while (ofTheOther.isEmpty()) {
                ofTheOther = holdUpTheOther(team, 0);
            }
            assertThat(ofTheOther).hasSize(1);
        }
    }

    /**
     * Runs 100 pieces; the first that the second member takes lasts until the caller has done all others. It takes none
     * while it rests.
     */
    private static Set<Integer> holdUpTheOther(WorkerTeam team, long moreMillis) {
        AtomicBoolean rests = new AtomicBoolean();
        CountDownLatch heldUp = new CountDownLatch(1);
        CountDownLatch others = new CountDownLatch(99);
        Set<Integer> ofTheOther = ConcurrentHashMap.newKeySet();
        team.run(100, (piece, worker) -> {
            if (worker == 0) {
                if (!rests.get() && !isReached(heldUp)) {
                    rests.set(true);
                }
                others.countDown();
            } else {
                ofTheOther.add(piece);
                heldUp.countDown();
                await(others);
                LockSupport.parkNanos(1_000_000 * moreMillis);
            }
        });
        return ofTheOther;
    }

    /** Waits for longer than any rest. */
    private static boolean isReached(CountDownLatch latch) {
        try {
            return latch.await(2, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.MINUTES)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aMemberThatKeepsTheCallerWaitingWithoutComputingRestsForAWhile() {
        try (WorkerTeam team = new WorkerTeam(2)) {
            long begin;
            Set<Integer> helpers;
            do {
                begin = System.nanoTime();
                holdUpTheOther(team, 100);
                helpers = ConcurrentHashMap.newKeySet();
                Set<Integer> members = helpers;
                for (int i = 0; i < 20; i++) {
                    team.run(100, (piece, worker) -> members.add(worker));
                }
                // the rest is a second: on a machine that takes longer for this, once more
            } while (System.nanoTime() - begin > 900_000_000);
            assertThat(helpers).containsOnly(0);
            // and comes back: this ends only if it does, and another rest may come between
            Set<Integer> ofTheOther = Set.of();
            while (ofTheOther.isEmpty()) {
                ofTheOther = holdUpTheOtherOnceItIsBack(team);
            }
            assertThat(ofTheOther).hasSize(1);
        }
    }

    private static Set<Integer> holdUpTheOtherOnceItIsBack(WorkerTeam team) {
        AtomicBoolean back = new AtomicBoolean();
        while (!back.get()) {
            team.run(100, (piece, worker) -> back.compareAndSet(false, worker == 1));
        }
        return holdUpTheOther(team, 0);
    }

    @Test
    void threadsInheritNeitherContextClassLoaderNorThreadLocals() {
        InheritableThreadLocal<String> local = new InheritableThreadLocal<>();
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        local.set("of the application");
        Thread.currentThread().setContextClassLoader(new ClassLoader(before) {
        });
        try (WorkerTeam team = new WorkerTeam(2)) {
            CountDownLatch both = new CountDownLatch(2);
            team.run(2, (piece, worker) -> {
                both.countDown();
                await(both);
                if (worker == 1) {
                    assertThat(local.get()).isNull();
                    assertThat(Thread.currentThread().getContextClassLoader())
                            .isSameAs(ClassLoader.getSystemClassLoader());
                    assertThat(Thread.currentThread().isDaemon()).isTrue();
                    assertThat(Thread.currentThread().getName()).isEqualTo("cria-worker-1");
                }
            });
        } finally {
            Thread.currentThread().setContextClassLoader(before);
            local.remove();
        }
    }

    @Test
    void theThreadsOfATeamThatNobodyCanReachEnd() throws InterruptedException {
        Thread thread = threadOfALostTeam();
        while (thread.isAlive()) {
            System.gc();
            thread.join(100);
        }
    }

    private static Thread threadOfALostTeam() {
        WorkerTeam team = new WorkerTeam(2);
        CountDownLatch both = new CountDownLatch(2);
        Thread[] threads = new Thread[2];
        // the task refers to the team, as those of a model do
        team.run(team.size(), (piece, worker) -> {
            threads[worker] = Thread.currentThread();
            both.countDown();
            await(both);
            assertThat(team.size()).isEqualTo(2);
        });
        return threads[1];
    }

    @Test
    void aTeamThatIsClosedMeanwhileLeavesItsTask() {
        WorkerTeam team = new WorkerTeam(2);
        AtomicInteger begun = new AtomicInteger();
        assertThatThrownBy(() -> team.run(1000, (piece, worker) -> {
            begun.incrementAndGet();
            team.close();
        })).isInstanceOf(IllegalStateException.class).hasMessage("the worker team has been closed");
        assertThat(begun.get()).isBetween(1, 2);
    }

    @Test
    void anInterruptedCallerGetsItsWorkDoneAndStaysInterrupted() {
        try (WorkerTeam team = new WorkerTeam(2)) {
            Thread.currentThread().interrupt();
            AtomicInteger done = new AtomicInteger();
            team.run(2, (piece, worker) -> {
                if (worker == 1) {
                    LockSupport.parkNanos(5_000_000);
                }
                done.incrementAndGet();
            });
            assertThat(done.get()).isEqualTo(2);
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void aClosedTeamRefusesWork() {
        WorkerTeam team = new WorkerTeam(2);
        team.close();
        assertThatThrownBy(() -> team.run(1, (piece, worker) -> {})).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void aTeamHasAtLeastOneMember() {
        assertThatThrownBy(() -> new WorkerTeam(0)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("threads must be at least 1, not 0");
    }
}
