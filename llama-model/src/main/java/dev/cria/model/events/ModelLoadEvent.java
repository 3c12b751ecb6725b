package dev.cria.model.events;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

@Name("dev.cria.ModelLoad")
@Label("Model Load")
@Category("Cria")
@Description("A model was loaded")
@StackTrace(false)
@SuppressWarnings("UnusedVariable") // Flight Recorder reads the fields
final class ModelLoadEvent extends Event {
    @Label("File")
    private @Nullable String file;

    @Label("Weights")
    @DataAmount
    private long weightBytes;

    @Label("Context Length")
    private int contextLength;

    @Label("Threads")
    private int threads;

    static Span<Loading> begun() {
        ModelLoadEvent event = new ModelLoadEvent();
        event.begin();
        return event::end;
    }

    private void end(Loading loading) {
        end();
        if (shouldCommit()) {
            file = loading.file();
            weightBytes = loading.weightBytes();
            contextLength = loading.contextLength();
            threads = loading.threads();
            commit();
        }
    }
}
