package dev.cria.train.network;

/** What a run trains: a network whose parameters get their gradients from batches of documents. Not thread-safe. */
public interface TrainableNetwork {
    /**
     * Computes the loss of a batch, and adds its gradient to that of the parameters.
     *
     * @param batch documents, at most as many tokens as there is room for
     * @param scale factor of the gradient: one over the number of learnt tokens of the whole step, for their mean
     * @return sum of the cross-entropies of the learnt tokens, in nats
     */
    double learn(TokenBatch batch, float scale);

    /**
     * Computes the loss of a batch.
     *
     * @param batch documents, at most as many tokens as there is room for
     * @return sum of the cross-entropies of the learnt tokens, in nats
     */
    double loss(TokenBatch batch);

    /** Takes over the parameters; to be called whenever they have changed. */
    void weightsChanged();
}
