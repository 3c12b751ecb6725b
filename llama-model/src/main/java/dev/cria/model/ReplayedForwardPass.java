package dev.cria.model;

import dev.cria.core.CriaException;
import dev.cria.model.transformer.Batch;
import dev.cria.model.transformer.ForwardPass;
import dev.cria.model.transformer.KvCache;
import dev.cria.model.transformer.LoraPanels;
import java.util.function.BooleanSupplier;

/** Has the sizes of a model that was recorded, and nothing to compute with. */
record ReplayedForwardPass(int vocabularySize, int embeddingLength, int contextLength) implements ForwardPass {
    /** Nothing is ever appended. */
    private record EmptyCache(int capacity) implements KvCache {
        @Override
        public int length() {
            return 0;
        }

        @Override
        public void truncate(int length) {}
    }

    @Override
    public int maximumRows() {
        return 1;
    }

    @Override
    public KvCache newCache() {
        return new EmptyCache(contextLength);
    }

    @Override
    public LoraPanels prepare(LoraAdapter adapter) {
        throw withoutModel();
    }

    @Override
    public boolean run(Batch batch, float[] logits, BooleanSupplier interrupted) {
        throw withoutModel();
    }

    @Override
    public boolean hidden(Batch batch, float[] hidden, BooleanSupplier interrupted) {
        throw withoutModel();
    }

    static CriaException withoutModel() {
        return new CriaException(
                "a transcript is replayed, which has answers, scores and embeddings as they were recorded, but neither"
                        + " the weights nor the vocabulary of the model: load the model for this");
    }
}
