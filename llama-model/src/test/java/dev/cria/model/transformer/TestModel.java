package dev.cria.model.transformer;

import dev.cria.core.ActivationType;
import dev.cria.core.Kernels;
import dev.cria.core.WorkerTeam;
import dev.cria.model.config.KvType;
import dev.cria.model.config.ModelConfig;
import dev.cria.model.loading.GgufModel;
import dev.cria.model.weights.Weights;
import dev.cria.quant.GgufFile;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;

/** A transformer on a weight file, without text. */
final class TestModel implements AutoCloseable {
    private final GgufFile file;
    private final Arena arena = Arena.ofShared();
    final ModelConfig config;
    final Transformer transformer;

    TestModel(Path path, Kernels kernels, boolean packed, int threads) {
        this(path, kernels, packed, ActivationType.F32, threads);
    }

    TestModel(Path path, Kernels kernels, boolean packed, ActivationType activations, int threads) {
        file = GgufFile.open(path);
        GgufModel model = new GgufModel(file);
        config = model.config();
        WorkerTeam team = new WorkerTeam(threads);
        Weights weights = model.load(packed, activations, kernels, team, arena);
        transformer = new Transformer(config, weights, kernels, team, config.contextLength(),
                KvType.F32, 512);
    }

    /** {@return the logits of every position, with the tokens cut into chunks} */
    float[] logits(int[] tokens, int chunk) {
        KvCache cache = new GrowingCache(transformer);
        int vocabulary = transformer.vocabularySize();
        float[] all = new float[tokens.length * vocabulary];
        for (int start = 0; start < tokens.length; start += chunk) {
            Batch batch = new Batch(chunk);
            int end = Math.min(start + chunk, tokens.length);
            for (int i = start; i < end; i++) {
                batch.add(tokens[i], i, cache, Batch.Output.LOGITS);
            }
            System.arraycopy(run(batch), 0, all, start * vocabulary, (end - start) * vocabulary);
        }
        return all;
    }

    /** {@return the logits of all rows of a batch that wants them} */
    float[] run(Batch batch) {
        int vocabulary = transformer.vocabularySize();
        float[] logits = new float[batch.size() * vocabulary];
        transformer.run(batch, (row, values, offset, worker) -> System.arraycopy(values, offset, logits,
                row * vocabulary, vocabulary), () -> false);
        return logits;
    }

    float[] lastLogits(int[] tokens, int chunk) {
        float[] all = logits(tokens, chunk);
        return Arrays.copyOfRange(all, all.length - transformer.vocabularySize(), all.length);
    }

    @Override
    public void close() {
        transformer.close();
        arena.close();
        file.close();
    }
}
