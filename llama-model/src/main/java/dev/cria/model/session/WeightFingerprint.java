package dev.cria.model.session;

import dev.cria.model.config.ModelConfig;
import dev.cria.quant.Checkpoint;
import dev.cria.quant.StoredTensor;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * Tells models apart by their sizes and weights, without reading all of a large file: the SHA-256 of the sizes, and of
 * the name, type, shape and a sample of each tensor. A vector is hashed whole; of a matrix up to {@value #ROWS} rows,
 * evenly spread from the first to the last, and of each of these {@value #WEIGHTS} neighbouring weights, elsewhere in
 * each row. That is about a thousandth of a 7B model, and reads a few megabytes. Fine-tunes differ in almost all
 * weights, or, where adapters were merged into it, in those of whole matrices. What changes only a few rows of a
 * matrix, as the embedding of one new token, may not be noticed.
 */
public final class WeightFingerprint {
    private static final int ROWS = 32;
    private static final int WEIGHTS = 256;

    private WeightFingerprint() {}

    /**
     * {@return the fingerprint, in hexadecimal digits}
     *
     * @param config sizes of the model
     * @param checkpoint its tensors as the model has them
     */
    public static String of(ModelConfig config, Checkpoint checkpoint) {
        MessageDigest digest = Digests.sha256();
        digest.update(sizes(config).getBytes(StandardCharsets.UTF_8));
        checkpoint.tensors().values().forEach(tensor -> add(tensor, digest));
        return HexFormat.of().formatHex(digest.digest());
    }

    /** The name is for people. */
    private static String sizes(ModelConfig config) {
        return new ModelConfig("", config.embeddingLength(), config.layers(), config.heads(), config.kvHeads(),
                config.headLength(), config.feedForwardLength(), config.vocabularySize(), config.contextLength(),
                config.normEpsilon(), config.ropeBase(), config.ropeScaling(), config.slidingWindow()).toString();
    }

    private static void add(StoredTensor tensor, MessageDigest digest) {
        digest.update((tensor.name() + " " + tensor.type() + " " + tensor.shape() + "\n")
                .getBytes(StandardCharsets.UTF_8));
        long rows = tensor.rows();
        int columns = Math.toIntExact(tensor.columns());
        int count = rows == 1 ? columns : Math.min(columns, WEIGHTS);
        int pieces = columns / count;
        byte[] bytes = new byte[Math.toIntExact(tensor.type().rowBytes(count))];
        long samples = Math.min(rows, ROWS);
        for (long i = 0; i < samples; i++) {
            long row = samples == 1 ? 0 : i * (rows - 1) / (samples - 1);
            tensor.copy(row, Math.toIntExact(row % pieces) * count, count, bytes, 0);
            digest.update(bytes);
        }
    }
}
