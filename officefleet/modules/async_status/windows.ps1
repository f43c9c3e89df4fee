# async_status: reads what the scheduled task of a detached step has written, see Start-DetachedStep of the agent.

function Invoke-Module($Arguments) {
    if ($Arguments.jid -notmatch '^j[0-9a-f]+\.[0-9]+$') {
        Stop-Module ('not a job id: ' + $Arguments.jid)
    }
    $place = [System.IO.Path]::Combine($env:USERPROFILE, '.ansible_async', $Arguments.jid)
    if (-not [System.IO.File]::Exists($place)) {
        Stop-Module 'could not find job' @{ ansible_job_id = $Arguments.jid; started = 1; finished = 1 }
    }
    if ($Arguments.mode -eq 'cleanup') {
        [System.IO.File]::Delete($place)
        return @{ changed = $false; ansible_job_id = $Arguments.jid; erased = $place }
    }
    $found = @{}
    $read = ConvertFrom-Json -InputObject ([System.IO.File]::ReadAllText($place)) -ErrorAction Stop
    foreach ($property in $read.PSObject.Properties) {
        $found[$property.Name] = $property.Value
    }
    if (-not $found['finished']) {
        $now = ([datetime]::UtcNow - [datetime]'1970-01-01').TotalSeconds
        if ($found['limit'] -and $now -gt ($found['limit'] + 30)) {
            Stop-Module 'the job took longer than it was given' @{ ansible_job_id = $Arguments.jid; started = 1; finished = 1 }
        }
        return @{ changed = $false; ansible_job_id = $Arguments.jid; started = 1; finished = 0; results_file = $place }
    }
    $found['results_file'] = $place
    return $found
}
