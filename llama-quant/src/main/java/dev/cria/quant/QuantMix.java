package dev.cria.quant;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.stream.Stream;

/**
 * What a quantised model is made of, by llama.cpp's names and numbers: a base type that most matrices have, and rules
 * that give better types to the matrices that suffer most (see {@link #types}).
 */
public enum QuantMix {
    /** IEEE binary32. */
    F32(0, QuantType.F32),
    /** IEEE binary16. */
    F16(1, QuantType.F16),
    /** bfloat16. */
    BF16(32, QuantType.BF16),
    /** 4 bits with one scale for 32 weights. */
    Q4_0(2, QuantType.Q4_0),
    /** 4 bits with a scale and a minimum for 32 weights. */
    Q4_1(3, QuantType.Q4_1),
    /** 5 bits with one scale for 32 weights. */
    Q5_0(8, QuantType.Q5_0),
    /** 5 bits with a scale and a minimum for 32 weights. */
    Q5_1(9, QuantType.Q5_1),
    /** 8 bits with one scale for 32 weights. */
    Q8_0(7, QuantType.Q8_0),
    /** 2 bits, 3 for the values and outputs of attention and for the down projection. */
    Q2_K(10, QuantType.Q2_K),
    /**
     * 2 bits, 4 for the first down projections and, with few KV heads, the values. llama.cpp makes it only with an
     * importance matrix.
     */
    Q2_K_S(21, QuantType.Q2_K),
    /** 3 bits. */
    Q3_K_S(11, QuantType.Q3_K),
    /** 3 bits, 4 or 5 for the values and outputs of attention and for the down projection. */
    Q3_K_M(12, QuantType.Q3_K),
    /** 3 bits, 5 for the values and outputs of attention and for the down projection. */
    Q3_K_L(13, QuantType.Q3_K),
    /** 4 bits, 5 for the values and the down projection of the first layers. */
    Q4_K_S(14, QuantType.Q4_K),
    /** 4 bits, 6 for the values and the down projection of half the layers. */
    Q4_K_M(15, QuantType.Q4_K),
    /** 5 bits. */
    Q5_K_S(16, QuantType.Q5_K),
    /** 5 bits, 6 for the values and the down projection of half the layers. */
    Q5_K_M(17, QuantType.Q5_K),
    /** 6 bits. */
    Q6_K(18, QuantType.Q6_K),
    /** 4 bits that index uneven levels, 5 for the first down projections and, with few KV heads, the values. */
    IQ4_NL(25, QuantType.IQ4_NL),
    /** As {@link #IQ4_NL}, with scales in groups. */
    IQ4_XS(30, QuantType.IQ4_XS);

    private static final String FILE_TYPE = "general.file_type";
    private static final Map<String, QuantMix> ALIASES = Map.of("Q3_K", Q3_K_M, "Q4_K", Q4_K_M, "Q5_K", Q5_K_M);

    private final int fileType;
    private final QuantType base;

    QuantMix(int fileType, QuantType base) {
        this.fileType = fileType;
        this.base = base;
    }

    /** {@return the number by which {@code general.file_type} of a GGUF file names the mix} */
    public int fileType() {
        return fileType;
    }

    /** {@return the type that most matrices have} */
    public QuantType base() {
        return base;
    }

    /**
     * {@return the mix of a name, in letters of any case; {@code Q3_K}, {@code Q4_K} and {@code Q5_K} name those that
     * end in M}
     *
     * @param name the name
     */
    public static Optional<QuantMix> named(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        return Optional.ofNullable(ALIASES.get(upper))
                .or(() -> Arrays.stream(values()).filter(mix -> mix.name().equals(upper)).findFirst());
    }

    /**
     * Returns the type that llama.cpp's quantiser gives each tensor when it has no importance matrix. Vectors and norms
     * keep their types. The output matrix, or the embedding where it is also the output, gets {@link QuantType#Q6_K} or
     * better. A matrix with rows that are no multiple of a type's block gets another type of a similar size, or F16.
     *
     * @param model the model
     * @param pure whether all matrices get the base type, as far as their rows allow
     * @return types by the names of tensors, in the order in which llama.cpp writes them: first those of no layer, then
     *     layer by layer
     */
    public SequencedMap<String, QuantType> types(Checkpoint model, boolean pure) {
        return new MixRules(this, model).types(pure);
    }

    /**
     * {@return the mix that a model is made of, if it is one of these}
     *
     * @param model the model, in any layout
     */
    public static Optional<QuantMix> of(Checkpoint model) {
        OptionalLong stated = model.metadata().integer(FILE_TYPE);
        Optional<QuantMix> named = Arrays.stream(values())
                .filter(mix -> stated.isPresent() && mix.fileType == stated.getAsLong()).findFirst();
        // a file may state it wrongly or not at all, so what counts is whether the rules give exactly these types
        return Stream.of(false, true)
                .flatMap(pure -> Stream.concat(named.stream(), Arrays.stream(values()))
                        .filter(mix -> mix.types(model, pure).entrySet().stream().allMatch(
                                entry -> model.tensor(entry.getKey()).type() == entry.getValue())))
                .findFirst().or(() -> named);
    }
}
