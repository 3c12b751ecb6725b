package dev.cria.model.lora;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One matrix of a model.
 *
 * @param module which matrix
 * @param layer of which layer, from 0; 0 for those outside of layers
 */
public record LoraSite(LoraModule module, int layer) {
    /** Nine digits fit into an int. */
    private static final Pattern GGUF = Pattern.compile("blk\\.(0|[1-9]\\d{0,8})\\.(\\w+)\\.weight");
    private static final Pattern PEFT = Pattern.compile("model\\.layers\\.(0|[1-9]\\d{0,8})\\.(\\w+\\.\\w+)");

    /** {@return GGUF's name of the tensor, such as {@code blk.0.attn_q.weight}} */
    public String ggufName() {
        return (module.isInLayers() ? "blk." + layer + "." : "") + module.ggufName() + ".weight";
    }

    /** {@return Hugging Face's name of the module, such as {@code model.layers.0.self_attn.q_proj}} */
    String peftName() {
        return (module.isInLayers() ? "model.layers." + layer + "." : "") + module.peftName();
    }

    /**
     * {@return the matrix of a name, if adapters can change it}
     *
     * @param name GGUF's name of a tensor
     */
    public static Optional<LoraSite> ofGguf(String name) {
        Matcher matcher = GGUF.matcher(name);
        for (LoraModule module : LoraModule.values()) {
            if (module.isInLayers()
                    ? matcher.matches() && matcher.group(2).equals(module.ggufName())
                    : name.equals(module.ggufName() + ".weight")) {
                return Optional.of(new LoraSite(module, module.isInLayers() ? Integer.parseInt(matcher.group(1)) : 0));
            }
        }
        return Optional.empty();
    }

    /** {@return the matrix of Hugging Face's name of a module, if adapters can change it} */
    static Optional<LoraSite> ofPeft(String name) {
        Matcher matcher = PEFT.matcher(name);
        for (LoraModule module : LoraModule.values()) {
            if (module.isInLayers()
                    ? matcher.matches() && matcher.group(2).equals(module.peftName())
                    : name.equals(module.peftName())) {
                return Optional.of(new LoraSite(module, module.isInLayers() ? Integer.parseInt(matcher.group(1)) : 0));
            }
        }
        return Optional.empty();
    }
}
