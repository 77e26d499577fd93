// The page of one answer: only its feedback wants scripts.
import { listenForFeedback } from "./feedback.js";

listenForFeedback();
