package dev.cria.model.sampling;

/**
 * Keeps the candidates with the largest logits.
 *
 * @param count how many to keep; 0 or less keeps all
 */
public record TopK(int count) implements SamplingStep {
    @Override
    public void apply(Candidates candidates) {
        if (count > 0) {
            candidates.keepLargest(count);
        }
    }
}
