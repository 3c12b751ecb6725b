package dev.cria.model;

import dev.cria.core.CriaException;
import dev.cria.model.transformer.Batch;
import dev.cria.model.transformer.ForwardPass;
import dev.cria.model.transformer.KvPage;
import dev.cria.model.lora.LoraContent;
import dev.cria.model.transformer.LoraPanels;
import java.util.function.BooleanSupplier;

/** Has the sizes of a model that was recorded, and nothing to compute with. */
record ReplayedForwardPass(int vocabularySize, int embeddingLength, int contextLength) implements ForwardPass {
    @Override
    public int maximumRows() {
        return 1;
    }

    @Override
    public int workers() {
        return 1;
    }

    @Override
    public KvPage newPage() {
        throw withoutModel();
    }

    @Override
    public long pageBytes() {
        throw withoutModel();
    }

    @Override
    public LoraPanels prepare(LoraContent adapter) {
        throw withoutModel();
    }

    @Override
    public boolean run(Batch batch, Outputs outputs, BooleanSupplier interrupted) {
        throw withoutModel();
    }

    static CriaException withoutModel() {
        return new CriaException(
                "a transcript is replayed, which has answers, scores and embeddings as they were recorded, but neither"
                        + " the weights nor the vocabulary of the model: load the model for this");
    }
}
