package dev.cria.model.config;

/** How keys and values are kept while a text grows. */
public enum KvType {
    /** As floats: exact, 4 bytes a number. */
    F32(4),
    /** As IEEE binary16: half the memory, with a relative error of at most 2^-11 in each number. */
    F16(2);

    /** Beyond this, half the memory counts for more than the last digits. */
    private static final long LARGEST_F32 = 1L << 30;

    private final int bytes;

    KvType(int bytes) {
        this.bytes = bytes;
    }

    /** {@return the bytes of a number} */
    public int bytesPerNumber() {
        return bytes;
    }

    /**
     * {@return the bytes of the keys and values of one sequence, or {@link Long#MAX_VALUE} if they are more}
     *
     * @param config sizes of the model
     * @param tokens length of the sequence
     */
    public long bytes(ModelConfig config, int tokens) {
        long layer = 2L * config.kvLength() * bytes * tokens;
        return layer > Long.MAX_VALUE / config.layers() ? Long.MAX_VALUE : layer * config.layers();
    }

    /**
     * Chooses by size: {@link #F32} while a full context takes at most 1 GiB, otherwise {@link #F16}. It depends on the
     * model and the context length only, never on the machine, so that the same settings give the same text everywhere.
     *
     * @param config sizes of the model
     * @param contextLength largest number of tokens of a sequence
     * @return the default
     */
    public static KvType defaultFor(ModelConfig config, int contextLength) {
        return F32.bytes(config, contextLength) <= LARGEST_F32 ? F32 : F16;
    }
}
