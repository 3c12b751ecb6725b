package dev.cria.train;

import java.util.List;
import java.util.Random;

/** The same examples over and over, in another order each time. */
final class ShuffledExamples implements ExampleSource {
    /**
     * The odd 64-bit number next to 2^64 over the golden ratio, which keeps the seeds of neighbouring epochs far apart.
     */
    private static final long EPOCH_SEED = 0x9e3779b97f4a7c15L;

    /** Examples that a run may see: as many as can be packed in a few seconds, far more than anybody waits for. */
    private static final int LARGEST_RUN = 100_000_000;

    private final List<TrainingExample> examples;
    private final long seed;
    private final int[] order;
    private long epoch = -1;

    ShuffledExamples(List<TrainingExample> examples, long seed) {
        this.examples = examples;
        this.seed = seed;
        order = new int[examples.size()];
    }

    @Override
    public TrainingExample example(long index) {
        shuffle(index / order.length);
        return examples.get(order[(int) (index % order.length)]);
    }

    private void shuffle(long wanted) {
        if (epoch == wanted) {
            return;
        }
        epoch = wanted;
        Random random = new Random(seed + EPOCH_SEED * wanted);
        for (int i = 0; i < order.length; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
    }

    /**
     * {@return the steps after which every example has been seen a number of times, packed as a run packs them}
     *
     * @param epochs how often, at least 1
     * @param batchTokens room of a pass
     * @param passes passes of a step
     * @throws IllegalArgumentException if that takes longer than a run may
     */
    int steps(int epochs, int batchTokens, int passes) {
        int most = LARGEST_RUN / order.length;
        if (epochs > most) {
            throw new IllegalArgumentException("epochs must be at most " + most + " with " + order.length
                    + " examples, not " + epochs);
        }
        long end = (long) epochs * order.length;
        long index = 0;
        int steps = 0;
        while (index < end) {
            for (int pass = 0; pass < passes; pass++) {
                int room = batchTokens;
                for (int length = inputs(index); length <= room; length = inputs(index)) {
                    room -= length;
                    index++;
                }
            }
            steps++;
        }
        return steps;
    }

    private int inputs(long index) {
        return example(index).tokens().length - 1;
    }
}
