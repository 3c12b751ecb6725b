package dev.cria.quant;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * The rules by which llama.cpp chooses the types of a {@link QuantMix}, without an importance matrix and without
 * experts. Layers are counted by the tensors of a kind, in the order of layers.
 */
final class MixRules {
    private static final String EMBEDDING = "token_embd.weight";
    private static final String OUTPUT = "output.weight";
    /** From this many query heads for each KV head the values are so small that more bits for them cost nothing. */
    private static final long FEW_KV_HEADS = 4;
    private static final long LAYERS_OF_70B = 80;

    private final QuantMix mix;
    private final Checkpoint model;
    private final long layers;
    private final long queriesPerKv;
    private final boolean tied;
    private final boolean is70B;
    private final int valueMatrices;
    private int valuesSeen;
    private int downsSeen;

    MixRules(QuantMix mix, Checkpoint model) {
        this.mix = mix;
        this.model = model;
        GgufMetadata metadata = model.metadata();
        String prefix = metadata.string("general.architecture").orElse("llama") + ".";
        long heads = metadata.integer(prefix + "attention.head_count").orElse(1);
        long kvHeads = metadata.integer(prefix + "attention.head_count_kv").orElse(heads);
        this.layers = metadata.integer(prefix + "block_count").orElse(0);
        this.queriesPerKv = kvHeads == 0 ? 0 : heads / kvHeads;
        this.is70B = layers == LAYERS_OF_70B && heads != kvHeads;
        this.tied = !model.tensors().containsKey(OUTPUT);
        this.valueMatrices = (int) model.tensors().keySet().stream().filter(name -> name.contains("attn_v.weight"))
                .count();
    }

    SequencedMap<String, QuantType> types(boolean pure) {
        List<String> names = new ArrayList<>(model.tensors().keySet());
        names.sort(Comparator.comparingLong(MixRules::layer).thenComparing(Comparator.naturalOrder()));
        SequencedMap<String, QuantType> types = new LinkedHashMap<>();
        valuesSeen = 0;
        downsSeen = 0;
        for (String name : names) {
            StoredTensor tensor = model.tensor(name);
            QuantType type = mix.base();
            if (!isQuantised(name, tensor)) {
                type = tensor.type();
            } else if (type.blockSize() > 1) {
                type = fitting(pure ? type : chosen(name, tensor.columns()), tensor.columns());
            }
            types.put(name, type);
        }
        return types;
    }

    /** The number in {@code blk.N.}; -1 for what belongs to no layer. */
    private static long layer(String name) {
        int end = name.indexOf('.', 4);
        boolean numbered = name.startsWith("blk.") && end > 4 && end < 14
                && name.substring(4, end).chars().allMatch(digit -> digit >= '0' && digit <= '9');
        return numbered ? Long.parseLong(name.substring(4, end)) : -1;
    }

    private static boolean isQuantised(String name, StoredTensor tensor) {
        boolean matrix = tensor.shape().stream().skip(1).anyMatch(extent -> extent > 1);
        return matrix && name.endsWith("weight") && !name.contains("_norm.weight");
    }

    private QuantType chosen(String name, long columns) {
        if (name.equals(OUTPUT) || (tied && name.equals(EMBEDDING))) {
            return columns % mix.base().blockSize() != 0 || mix.base() == QuantType.Q8_0
                    ? QuantType.Q8_0
                    : QuantType.Q6_K;
        }
        if (name.contains("attn_v.weight")) {
            return values(valuesSeen++);
        }
        if (name.contains("ffn_down")) {
            return down(downsSeen++);
        }
        return name.contains("attn_output.weight") ? attentionOutput() : mix.base();
    }

    private QuantType values(int index) {
        boolean few = queriesPerKv >= FEW_KV_HEADS;
        QuantType type = switch (mix) {
            case Q2_K -> few ? QuantType.Q4_K : QuantType.Q3_K;
            case Q2_K_S -> few ? QuantType.Q4_K : QuantType.Q2_K;
            case Q3_K_M -> index < 2 ? QuantType.Q5_K : QuantType.Q4_K;
            case Q3_K_L -> QuantType.Q5_K;
            case Q4_K_S -> index < 4 ? QuantType.Q5_K : QuantType.Q4_K;
            case Q4_K_M, Q5_K_M -> deservesMore(index, valueMatrices) ? QuantType.Q6_K : mix.base();
            case IQ4_NL, IQ4_XS -> few ? QuantType.Q5_K : mix.base();
            default -> mix.base();
        };
        return is70B && (type == QuantType.Q3_K || type == QuantType.Q4_K) ? QuantType.Q5_K : type;
    }

    private QuantType down(int index) {
        boolean early = index < layers / 8;
        return switch (mix) {
            case Q2_K -> QuantType.Q3_K;
            case Q2_K_S -> early ? QuantType.Q4_K : QuantType.Q2_K;
            case Q3_K_M -> index < layers / 16 ? QuantType.Q5_K : QuantType.Q4_K;
            case Q3_K_L -> QuantType.Q5_K;
            case Q4_K_M, Q5_K_M -> deservesMore(index, layers) ? QuantType.Q6_K : mix.base();
            case Q4_K_S, IQ4_NL, IQ4_XS -> early ? QuantType.Q5_K : mix.base();
            default -> mix.base();
        };
    }

    private QuantType attentionOutput() {
        return switch (mix) {
            case Q2_K -> QuantType.Q3_K;
            case Q3_K_M -> QuantType.Q4_K;
            case Q3_K_L -> QuantType.Q5_K;
            default -> mix.base();
        };
    }

    /** The first and the last eighth of the layers, and every third between. */
    private static boolean deservesMore(long index, long count) {
        return index < count / 8 || index >= 7 * count / 8 || (index - count / 8) % 3 == 2;
    }

    /** The type itself where rows are a multiple of its block, otherwise what takes its place. */
    private static QuantType fitting(QuantType type, long columns) {
        if (columns % type.blockSize() == 0) {
            return type;
        }
        QuantType smaller = switch (type) {
            case Q2_K, Q3_K -> QuantType.Q4_0;
            case Q4_K -> QuantType.Q5_0;
            case Q5_K -> QuantType.Q5_1;
            case Q6_K -> QuantType.Q8_0;
            case IQ4_XS -> QuantType.IQ4_NL;
            default -> QuantType.F16;
        };
        return columns % smaller.blockSize() == 0 ? smaller : QuantType.F16;
    }
}
