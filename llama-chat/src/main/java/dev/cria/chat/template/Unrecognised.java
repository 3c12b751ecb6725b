package dev.cria.chat.template;

import dev.cria.chat.ChatTemplate;
import dev.cria.chat.Dialog;
import dev.cria.chat.Prompt;
import dev.cria.core.CriaException;

/** Stands where the format of a model is not known. */
public record Unrecognised() implements ChatTemplate {
    @Override
    public String name() {
        return "unknown";
    }

    @Override
    public Prompt render(Dialog dialog) {
        throw new CriaException("the model's chat template is of no known kind; choose one by name ("
                + String.join(", ", BuiltIn.names()) + ") or give a ChatTemplate of your own");
    }
}
