package dev.cria.model.config;

/** How keys and values are kept while a text grows. */
public enum KvType {
    /** As floats: exact, 4 bytes a number. */
    F32(4, 0),
    /** As IEEE binary16: half the memory, with a relative error of at most 2^-11 in each number. */
    F16(2, 0),
    /**
     * In 8 bits: about a quarter of the memory of {@link #F32}, half of {@link #F16}. Every {@value #GROUP}
     * neighbouring components of the key or the value of a head share a scale; the last group is shorter if the head is
     * no multiple of that. The scale is {@code max |x| / 127} rounded to binary16, and a number is {@code x / scale}
     * rounded to a whole number from -127 to 127, ties to even. So the error is at most half a scale, as in llama.cpp's
     * {@code q8_0}: 34 bytes for 32 numbers. A scale that is a float would take 36 and gain nothing, because the
     * numbers are rounded for the scale that is kept. Numbers beyond 8 million become infinite, as those beyond 65,504
     * do in {@link #F16}.
     */
    Q8(1, 2);

    /** Components of a key or a value that share a scale, where a type has scales. */
    public static final int GROUP = 32;

    /** Beyond this, half the memory counts for more than the last digits. */
    private static final long LARGEST_F32 = 1L << 30;

    private final int numberBytes;
    private final int groupBytes;

    KvType(int numberBytes, int groupBytes) {
        this.numberBytes = numberBytes;
        this.groupBytes = groupBytes;
    }

    /**
     * {@return the bytes of the key or the value of one head at one position, scales included}
     *
     * @param headLength components of a head
     */
    public int bytesPerHead(int headLength) {
        return numberBytes * headLength + groupBytes * ((headLength + GROUP - 1) / GROUP);
    }

    /**
     * {@return the bytes of the keys and values of one sequence, or {@link Long#MAX_VALUE} if they are more}
     *
     * @param config sizes of the model
     * @param tokens length of the sequence
     */
    public long bytes(ModelConfig config, int tokens) {
        long layer = 2L * config.kvHeads() * bytesPerHead(config.headLength()) * tokens;
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
