package dev.cria.model.sampling;

import java.util.Arrays;

/**
 * The tokens that may come next, with their logits: a buffer that is filled once per token and narrowed by the steps of
 * a chain. It is as long as the vocabulary and reused, so filling and narrowing allocate nothing.
 *
 * <p>Everything is computed in double precision with {@link StrictMath} and in one fixed order, and ties go to the
 * lower token id, so a result is the same on every platform. Not thread-safe.
 */
public final class Candidates {
    private final int[] ids;
    private final double[] logits;
    /** What the candidates are ordered by while the best of them are looked for. */
    private final double[] keys;
    private int size;

    /**
     * Makes an empty buffer.
     *
     * @param vocabularySize the number of tokens, at least 1
     */
    public Candidates(int vocabularySize) {
        ids = new int[vocabularySize];
        logits = new double[vocabularySize];
        keys = new double[vocabularySize];
    }

    /**
     * Makes every token of the vocabulary a candidate, except those whose logit is minus infinity or not a number.
     *
     * @param source holds a row of logits, one for each token
     * @param offset index of the first
     */
    public void fill(float[] source, int offset) {
        size = 0;
        for (int id = 0; id < ids.length; id++) {
            double logit = source[offset + id];
            if (logit > Double.NEGATIVE_INFINITY) {
                ids[size] = id;
                logits[size] = logit;
                size++;
            }
        }
    }

    /** {@return the number of candidates left} */
    public int size() {
        return size;
    }

    /**
     * {@return the token id of a candidate}
     *
     * @param index candidate, from 0 to {@link #size()} - 1
     */
    public int id(int index) {
        return ids[index];
    }

    /**
     * {@return the logit of a candidate}
     *
     * @param index candidate, from 0 to {@link #size()} - 1
     */
    public double logit(int index) {
        return logits[index];
    }

    void setLogit(int index, double logit) {
        logits[index] = logit;
    }

    /** Keeps the candidates whose logit is more than minus infinity and at least the bound, in their order. */
    void keepFrom(double bound) {
        int kept = 0;
        for (int index = 0; index < size; index++) {
            if (logits[index] >= bound && logits[index] > Double.NEGATIVE_INFINITY) {
                ids[kept] = ids[index];
                logits[kept] = logits[index];
                kept++;
            }
        }
        size = kept;
    }

    /** {@return the index of the candidate with the largest logit; of several, the one with the lowest id} */
    int best() {
        int best = 0;
        for (int index = 1; index < size; index++) {
            if (logits[index] > logits[best] || (logits[index] == logits[best] && ids[index] < ids[best])) {
                best = index;
            }
        }
        return best;
    }

    double largestLogit() {
        double largest = Double.NEGATIVE_INFINITY;
        for (int index = 0; index < size; index++) {
            largest = Math.max(largest, logits[index]);
        }
        return largest;
    }

    /** {@return e to the distance of a logit from the largest one, so 1 for the largest} */
    static double weight(double logit, double largest) {
        return logit == largest ? 1 : StrictMath.exp(logit - largest);
    }

    /** {@return the sum of all weights: the denominator of the softmax} */
    double totalWeight(double largest) {
        double total = 0;
        for (int index = 0; index < size; index++) {
            total += weight(logits[index], largest);
        }
        return total;
    }

    /** Keeps the candidates with the largest logits, the largest first. */
    void keepLargest(int count) {
        if (count < size) {
            sortLargest(count);
        }
    }

    /** Keeps at most so many candidates, by falling logit, and orders them so even where all are kept. */
    void sortLargest(int count) {
        orderByLogit();
        keepBest(Math.min(count, size));
    }

    /** Keeps the shortest run of candidates by falling logit whose weights add up to the mass, at least one. */
    void keepLargestByMass(double mass, double largest) {
        orderByLogit();
        keepBestUntil(mass, largest);
    }

    /** Like {@link #keepLargestByMass}, by falling key instead of falling logit. */
    void keepBestByMass(double[] order, double mass, double largest) {
        System.arraycopy(order, 0, keys, 0, size);
        heapify();
        keepBestUntil(mass, largest);
    }

    private void orderByLogit() {
        System.arraycopy(logits, 0, keys, 0, size);
        heapify();
    }

    // The best candidates are taken from a heap one after another, because only a few of many thousands are wanted.

    private void heapify() {
        for (int parent = size / 2 - 1; parent >= 0; parent--) {
            siftDown(parent, size);
        }
    }

    /** Moves the best candidate that has not been taken yet to the end of the buffer, before those taken earlier. */
    private void takeBest(int alreadyTaken) {
        int end = size - alreadyTaken - 1;
        swap(0, end);
        siftDown(0, end);
    }

    private void keepBest(int count) {
        for (int taken = 0; taken < count; taken++) {
            takeBest(taken);
        }
        keepTaken(count);
    }

    private void keepBestUntil(double mass, double largest) {
        int taken = 0;
        double takenMass = 0;
        while (taken < size && (taken == 0 || takenMass < mass)) {
            takenMass += weight(logits[0], largest);
            takeBest(taken);
            taken++;
        }
        keepTaken(taken);
    }

    private void keepTaken(int taken) {
        int start = size - taken;
        for (int low = start, high = size - 1; low < high; low++, high--) {
            swap(low, high);
        }
        System.arraycopy(ids, start, ids, 0, taken);
        System.arraycopy(logits, start, logits, 0, taken);
        size = taken;
    }

    private void siftDown(int start, int end) {
        int parent = start;
        int child;
        while ((child = 2 * parent + 1) < end) {
            if (child + 1 < end && isBetter(child + 1, child)) {
                child++;
            }
            if (!isBetter(child, parent)) {
                return;
            }
            swap(child, parent);
            parent = child;
        }
    }

    private boolean isBetter(int index, int other) {
        return keys[index] > keys[other] || (keys[index] == keys[other] && ids[index] < ids[other]);
    }

    private void swap(int index, int other) {
        int id = ids[index];
        double logit = logits[index];
        double key = keys[index];
        ids[index] = ids[other];
        logits[index] = logits[other];
        keys[index] = keys[other];
        ids[other] = id;
        logits[other] = logit;
        keys[other] = key;
    }

    @Override
    public String toString() {
        return size + " candidates " + Arrays.toString(Arrays.copyOf(ids, Math.min(size, 10)));
    }
}
