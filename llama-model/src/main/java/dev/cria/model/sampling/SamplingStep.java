package dev.cria.model.sampling;

/** One part of a sampling chain: changes the logits of the candidates or removes some, and leaves at least one. */
@FunctionalInterface
public interface SamplingStep {
    /**
     * Narrows or changes the candidates.
     *
     * @param candidates at least one candidate
     */
    void apply(Candidates candidates);
}
