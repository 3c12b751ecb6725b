package dev.cria.model.session;

import dev.cria.core.CriaException;
import dev.cria.core.host.FileFailure;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Who computed keys and values. They are of use only to a model of equal origin.
 *
 * @param model name of the model, for people
 * @param weights fingerprint of sizes and weights, see {@link WeightFingerprint}
 * @param activations how inputs are kept while they are multiplied
 * @param kvType how keys and values are kept
 * @param adapters the adapters, in the order in which their changes are added
 */
public record Origin(String model, String weights, String activations, String kvType, List<Adapter> adapters) {
    /**
     * An adapter.
     *
     * @param name its name, for people
     * @param content fingerprint of its matrices
     * @param scale factor of its change, as a text
     */
    public record Adapter(String name, String content, String scale) {
        boolean isSame(Adapter other) {
            return content.equals(other.content) && scale.equals(other.scale);
        }
    }

    /** Copies the adapters. */
    public Origin {
        adapters = List.copyOf(adapters);
    }

    /**
     * Refuses a file of another origin.
     *
     * @param file the file, which was saved by this origin
     * @param own the origin of the model that reads it
     * @throws CriaException if they differ in anything but the name of the model
     */
    void requireSame(Path file, Origin own) {
        if (!weights.equals(own.weights)) {
            throw refusal(file, "weights: it was saved with the model " + described() + ", but this is "
                    + own.described() + "; only the same sizes and weights go on with the same text");
        }
        if (!activations.equals(own.activations)) {
            throw refusal(file, "activations: it was saved with " + activations + ", but the model has "
                    + own.activations + ": load it with activations(ActivationType." + activations + ")");
        }
        if (!kvType.equals(own.kvType)) {
            throw refusal(file, "kvType: its keys and values are " + kvType + ", but those of the model are "
                    + own.kvType + ": load it with kvType(KvType." + kvType + ")");
        }
        if (adapters.size() != own.adapters.size() || !sameAdapters(own)) {
            throw refusal(file, "adapters: it was saved with " + listed() + ", but the model has " + own.listed()
                    + ": load it with the same adapters and scales, in the same order");
        }
    }

    private boolean sameAdapters(Origin own) {
        for (int i = 0; i < adapters.size(); i++) {
            if (!adapters.get(i).isSame(own.adapters.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static CriaException refusal(Path file, String why) {
        return new CriaException(FileFailure.name(file) + ": " + why);
    }

    private String described() {
        return (model.isEmpty() ? "without a name" : "\"" + model + "\"") + " (" + shortened(weights) + ")";
    }

    private String listed() {
        return adapters.isEmpty()
                ? "none"
                : adapters.stream().map(adapter -> (adapter.name.isEmpty() ? "unnamed" : adapter.name) + " ("
                        + shortened(adapter.content) + ") x " + adapter.scale).collect(Collectors.joining(", "));
    }

    private static String shortened(String fingerprint) {
        return fingerprint.substring(0, Math.min(12, fingerprint.length()));
    }
}
