package dev.cria.model;

import dev.cria.model.transformer.LoraPanels;
import dev.cria.model.transformer.LoraSet;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Which adapters a request has: those of the model, or none of them, and others besides.
 *
 * @param isOfModel whether it has those of the model
 * @param others the others and their scales; one of the model's here gets another scale, and 0 takes one away
 */
record AdapterChoice(boolean isOfModel, SequencedMap<LoraAdapter, Float> others) {
    /** Those of the model. */
    static final AdapterChoice MODELS = new AdapterChoice(true, new LinkedHashMap<>());
    /** None at all. */
    static final AdapterChoice NONE = new AdapterChoice(false, new LinkedHashMap<>());

    AdapterChoice {
        others = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(others));
    }

    /** {@return this choice with one more, or with another scale of one} */
    AdapterChoice with(LoraAdapter adapter, float scale) {
        SequencedMap<LoraAdapter, Float> changed = new LinkedHashMap<>(others);
        changed.put(adapter, scale);
        return new AdapterChoice(isOfModel, changed);
    }

    /** {@return the adapters as the model computes with them} */
    LoraSet of(LoraSet models, Function<LoraAdapter, LoraPanels> prepare) {
        LoraSet set = isOfModel ? models : LoraSet.NONE;
        for (Map.Entry<LoraAdapter, Float> other : others.entrySet()) {
            set = set.with(prepare.apply(other.getKey()), other.getValue());
        }
        return set;
    }

    /** {@return the choice for people and transcripts: {@code legal x 0.5, brief x 1.0}, or {@code none}} */
    String described() {
        String listed = others.entrySet().stream()
                .map(other -> other.getKey().content().label() + " x " + other.getValue())
                .collect(Collectors.joining(", "));
        return isOfModel ? listed : listed.isEmpty() ? "none" : "none, " + listed;
    }
}
