package dev.cria.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
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
    void anIdleTeamUsesNoProcessorTime() throws InterruptedException {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        try (WorkerTeam team = new WorkerTeam(4)) {
            team.run(100, (piece, worker) -> {});
            long[] workers = Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
                    .filter(info -> info != null && info.getThreadName().startsWith("cria-worker"))
                    .mapToLong(info -> info.getThreadId()).toArray();
            assertThat(workers).isNotEmpty();
            Thread.sleep(100);
            long before = Arrays.stream(workers).map(threads::getThreadCpuTime).sum();
            Thread.sleep(200);
            long after = Arrays.stream(workers).map(threads::getThreadCpuTime).sum();
            // a worker that went on spinning would have used 200 ms
            assertThat(after - before).isLessThan(20_000_000L);
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
