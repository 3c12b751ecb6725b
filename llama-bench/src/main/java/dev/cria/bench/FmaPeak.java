package dev.cria.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The most float operations a second that fused multiply-adds reach here when they wait for nothing: the roof of every
 * product.
 */
final class FmaPeak {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    /** Enough chains that none waits for its own last step, few enough that all stay in registers. */
    private static final int CHAINS = 12;
    private static final int STEPS = 1 << 20;
    private static final int WARM_UPS = 5;
    private static final int ROUNDS = 20;

    private FmaPeak() {}

    /**
     * {@return floating-point operations a second of some threads together, a multiply-add counted as two; the best of
     * several rounds}
     *
     * @param threads threads
     */
    static double measure(int threads) {
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            double best = 0;
            for (int round = 0; round < WARM_UPS + ROUNDS; round++) {
                double speed = round(executor, threads);
                best = round < WARM_UPS ? 0 : Math.max(best, speed);
            }
            return best;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private static double round(ExecutorService executor, int threads)
            throws InterruptedException, ExecutionException {
        CountDownLatch ready = new CountDownLatch(threads);
        List<Future<Double>> speeds = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            speeds.add(executor.submit(() -> {
                ready.countDown();
                ready.await();
                long start = System.nanoTime();
                float sum = chains(0.999f, 1e-3f);
                double seconds = (System.nanoTime() - start) * 1e-9;
                // the sum is used, so that it has to be computed
                return Float.isNaN(sum) ? 0 : 2.0 * CHAINS * SPECIES.length() * STEPS / seconds;
            }));
        }
        double all = 0;
        for (Future<Double> speed : speeds) {
            all += speed.get();
        }
        return all;
    }

    private static float chains(float factor, float summand) {
        FloatVector f = FloatVector.broadcast(SPECIES, factor);
        FloatVector s = FloatVector.broadcast(SPECIES, summand);
        FloatVector a = s;
        FloatVector b = s;
        FloatVector c = s;
        FloatVector d = s;
        FloatVector e = s;
        FloatVector g = s;
        FloatVector h = s;
        FloatVector i = s;
        FloatVector j = s;
        FloatVector k = s;
        FloatVector l = s;
        FloatVector m = s;
        for (int step = 0; step < STEPS; step++) {
            a = a.fma(f, s);
            b = b.fma(f, s);
            c = c.fma(f, s);
            d = d.fma(f, s);
            e = e.fma(f, s);
            g = g.fma(f, s);
            h = h.fma(f, s);
            i = i.fma(f, s);
            j = j.fma(f, s);
            k = k.fma(f, s);
            l = l.fma(f, s);
            m = m.fma(f, s);
        }
        FloatVector sum = a.add(b).add(c).add(d).add(e).add(g).add(h).add(i).add(j).add(k).add(l).add(m);
        return sum.lane(0);
    }
}
