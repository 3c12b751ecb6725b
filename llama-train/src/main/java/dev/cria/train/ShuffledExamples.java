package dev.cria.train;

import java.util.List;
import java.util.Random;

/** The same examples over and over, in another order each time. */
final class ShuffledExamples implements ExampleSource {
    /**
     * The odd 64-bit number next to 2^64 over the golden ratio, which keeps the seeds of neighbouring epochs far apart.
     */
    private static final long EPOCH_SEED = 0x9e3779b97f4a7c15L;

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
     */
    int steps(int epochs, int batchTokens, int passes) {
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
            steps = Math.incrementExact(steps);
        }
        return steps;
    }

    private int inputs(long index) {
        return example(index).tokens().length - 1;
    }
}
