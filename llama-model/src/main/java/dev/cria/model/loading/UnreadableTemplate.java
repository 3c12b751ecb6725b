package dev.cria.model.loading;

import dev.cria.chat.ChatTemplate;
import dev.cria.chat.Dialog;
import dev.cria.chat.Prompt;
import dev.cria.chat.TemplateException;
import dev.cria.core.CriaException;

/**
 * Stands where the template text of a file cannot be read. The model is of use without it; chats are refused.
 *
 * @param reason what is wrong with the text
 */
record UnreadableTemplate(TemplateException reason) implements ChatTemplate {
    @Override
    public String name() {
        return "unreadable";
    }

    @Override
    public Prompt render(Dialog dialog) {
        throw new CriaException("the model's chat template cannot be read: " + reason.getMessage()
                + "; choose one by name (" + String.join(", ", ChatTemplate.names())
                + ") or give a ChatTemplate of your own", reason);
    }
}
