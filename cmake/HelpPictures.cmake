# Draws the pictures of the views for the manual:
#   cmake -DPROGRAM=filigree -DWORK=<folder for the runs> -DPICTURES=<folder> -P HelpPictures.cmake
# Trains small networks from the presets (some minutes, most of it the preset sizing in all its modes) and draws <name>-light.png and <name>-dark.png
# of every view on the software device, so that any machine makes the same pictures, in few colours: each shall
# be smaller than 40 kB. Only those of the landscape differ from one time to the next: they show the name of the
# record, which follows from the identity of the run.

set(store "${WORK}/help-pictures.filigree")
file(REMOVE_RECURSE "${WORK}")
file(MAKE_DIRECTORY "${WORK}" "${PICTURES}")

function(filigree)
    execute_process(COMMAND "${PROGRAM}" ${ARGN} --store "${store}" --quiet
                    OUTPUT_VARIABLE said ERROR_VARIABLE said RESULT_VARIABLE code)
    if(NOT code EQUAL 0)
        list(JOIN ARGN " " words)
        message(FATAL_ERROR "filigree ${words} failed:\n${said}")
    endif()
endfunction()

# picture(<name> <view> <size> <colours> <words>...)
function(picture name view size colours)
    foreach(theme light dark)
        set(file "${PICTURES}/${name}-${theme}.png")
        filigree(render ${view} ${ARGN} --theme ${theme} --size ${size} --colours ${colours} --device software
                 --overwrite --output "${file}")
        file(SIZE "${file}" bytes)
        message(STATUS "${name}-${theme}.png: ${bytes} bytes")
        if(bytes GREATER 40000)
            message(WARNING "${name}-${theme}.png is larger than 40 kB: draw it smaller or in fewer colours")
        endif()
    endforeach()
endfunction()

filigree(run digits --name digits --set checkpoint.every_steps=40 --set checkpoint.keep=30
         --set record.candidates_every=1 --threads 1)
filigree(run digits --name twin --seed 1 --threads 1)
filigree(run digits --name third --seed 2 --threads 1)
filigree(run digits --name fourth --seed 3 --threads 1)
filigree(run decoys --name decoys --set gate.hidden=true --threads 1)
filigree(run soup-digits --name soup --threads 1)
filigree(run sizing --name sizing)
filigree(analyze ablation sizing)
filigree(analyze prune sizing --channels 12 --threads 1 --pairs 200)
filigree(analyze frames sizing --polyp 3)
foreach(routing plain joint code clean heldout)
    foreach(seed 0 1 2)
        filigree(run sizing --seed ${seed} --name modes-${routing}-${seed} --set gate.routing=${routing})
    endforeach()
endforeach()
filigree(analyze barriers digits digits@160 twin third fourth --threads 1)
# After the lines of the barriers: the newest landscape is the one that is drawn.
filigree(analyze landscape digits --along trajectory --threads 1)

picture(connectivity connectivity 900x560 64 --run digits)
picture(connectivity-clusters connectivity 640x420 64 --run digits --layer fc2 --rows cluster --columns cluster
        --colour sign)
picture(connectivity-compared connectivity 640x420 64 --run digits --layer fc2 --against twin --match)
picture(graph graph 640x420 20 --run digits --edges 120)
picture(graph-paths graph 640x420 64 --run digits --neuron fc2:20)
picture(rewiring rewiring 1200x760 64 --run digits)
picture(acquisition acquisition 900x560 32 --run digits --layer fc1 --step 400 --c 0.03)
picture(landscape landscape 640x420 64 --run digits)
picture(landscape-surface landscape 640x420 64 --run digits --surface --turn 120 --tilt 25)
picture(gates gates 800x520 64 --run decoys --order last)
picture(gate-ridges gates 900x600 64 --run sizing --part ridges)
picture(gate-routing gates 900x600 64 --run sizing --part routing)
picture(gate-ablation gates 900x600 64 --run sizing --part ablation --closed 12)
picture(gate-pruning gates 760x620 64 --run sizing --part pruning)
picture(gate-channel gates 800x520 64 --run sizing --gate loc_depth.layer1 --channel 2 --frame 3:1)
picture(gate-modes gates 1000x720 64 --run modes-clean-0 --part modes)
picture(predictions predictions 1200x760 48 --run sizing --sort error)
picture(frames predictions 900x600 64 --run sizing --part frames --group 3)
picture(agreement predictions 900x600 64 --run sizing --part agreement)
picture(soup soup 960x640 64 --run soup)
picture(barriers barriers 560x480 64 --run digits --figure test/loss)

# A figure of several views; paper is white in the dark too.
set(sheet "${WORK}/figure.toml")
set(panels "")
foreach(view "rewiring --run digits" "acquisition --run digits --layer fc1 --step 400 --c 0.03"
             "barriers --run digits --figure test/loss")
    string(APPEND panels "[[panel]]\nrender = \"filigree render ${view} --store '${store}' --device software\"\n")
    if(view MATCHES "rewiring")
        string(APPEND panels "columns = 2\nrows = 2\n")  # its letters need the width
    endif()
endforeach()
file(WRITE "${sheet}" "caption = \"Rounds of digits, what one of them chose from, and barriers between its runs.\"\n${panels}")
filigree(render figure "${sheet}" --dpi 100 --colours 64 --overwrite --output "${PICTURES}/figure.png")
